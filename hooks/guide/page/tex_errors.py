"""公式画不出来的原因：把 KaTeX 的报错说成中文，命令拼错了就说像哪一个。"""

import re

from guide.problem import nearest

ERROR = re.compile(r"kind: (\w+)(?: \{ (.*?) \})?(?:, context|\s*\}$)")
_WORDS = """
frac dfrac tfrac sqrt sum prod int lim log ln exp min max arg argmin argmax sup inf det Pr partial nabla
text textbf textit mathrm mathbf mathbb mathcal mathit boldsymbol operatorname begin end left right big Big
hat bar tilde vec dot overline underline underbrace overbrace cdot cdots ldots dots vdots ddots times div pm
leq geq neq approx sim equiv propto ll gg in notin subset subseteq cup cap mid parallel top bot odot oplus
otimes circ ast to rightarrow leftarrow Rightarrow Leftarrow iff mapsto quad qquad infty forall exists ell
alpha beta gamma delta epsilon varepsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon
phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Phi Psi Omega langle rangle lfloor rfloor
lceil rceil lVert rVert lvert rvert binom stackrel underset overset substack tag sin cos tan tanh
"""
COMMANDS = [f"\\{name}" for name in re.findall(r"\w+", _WORDS)]
"""这个领域的公式里常见的命令，拼错了从这里猜。"""
VALUE = re.compile(r'(\w+): "((?:[^"\\]|\\.)*)"')
REASONS = {
    "UnexpectedEndOfMacroArgument": "花括号没有成对，或者命令后面少了它要的一组花括号",
    "ExpectedGroupAfterSymbol": "{symbol} 后面没有写东西",
    "ExpectedGroupAs": "命令后面少了它要的一组花括号",
    "DoubleSuperscript": "连着两个上标，不知道怎样叠：写成 x^{{2^3}} 这样",
    "DoubleSubscript": "连着两个下标，不知道怎样叠：写成 x_{{a_b}} 这样",
    "ExpectedArrayDelimiter": "\\begin 没有写完，少了 \\end",
    "NoSuchEnvironment": "没有叫 {name} 的环境",
    "MismatchedEnvironmentEnd": "\\begin{{{begin}}} 与 \\end{{{end}}} 不成对",
    "FunctionDisallowedInMode": "这里不能用 {func}",
    "TagNotAllowedInInlineMode": "\\tag 只用在独占一行的公式里",
    "LimitsMustFollowBase": "\\limits 前面要有 \\sum 这样的记号",
    "InvalidUnit": "不认识的单位 {unit}",
    "MultipleInfixOperators": "一组花括号里有两个 \\over",
    "InvalidDelimiterAfter": "{function} 后面要是一个括号",
    "UnknownColumnAlignment": "列的对齐只有 l、c、r，没有 {alignment}",
    "VerbMissingDelimiter": "\\verb 没有结束",
}
FOUND = {
    "EOF": "没有写完，花括号没有成对",
    "}": "多了一个 }，花括号没有成对",
    "&": "& 只用在 \\begin{aligned} 这样的环境里；要写这个字就用 \\&",
    "#": "# 有别的意思；要写这个字就用 \\#",
    "\\right": "多了一个 \\right，前面没有 \\left",
}


def chinese(error: str) -> str:
    """一条报错的中文；没有见过的把英文的种类留在括号里。"""
    match = ERROR.search(error)
    if not match:
        return f"KaTeX 读不懂它（{error}）"
    kind, values = match[1], {name: _unescaped(text) for name, text in VALUE.findall(match[2] or "")}
    if kind == "UndefinedControlSequence":
        return f"没有 {values['name']} 这个命令{nearest(values['name'], COMMANDS)}"
    if kind == "ExpectedToken":
        if values["expected"] == "\\right":
            return "\\left 没有配上 \\right"
        return FOUND.get(values["found"], f"这里不该有 {values['found']}")
    if kind in REASONS:
        return REASONS[kind].format_map(values)
    return f"KaTeX 读不懂它（{kind}）"


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)
