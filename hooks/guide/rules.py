"""规则：检查会说的每一句话，连同为什么与怎样改；“检查的每一条”那一页由这里生成。"""

from dataclasses import dataclass

from guide.problem import Problem


@dataclass(frozen=True)
class Rule:
    """一条规则：违反它时说什么，为什么有它，怎样改。"""

    code: str
    """英文短名，也是说明页上的锚点，如 python-fence。"""
    group: str
    """在说明页的哪一节。"""
    message: str
    """消息的样子；{花括号} 里是每次不同的部分。"""
    why: str
    """为什么不行：不改会怎样。"""
    mend: str
    """怎样改，最好有一个例子。"""

    def at(self, path: str, line: int, **values: object) -> Problem:
        """在一个文件的一行上违反了它。"""
        return Problem(path, line, self.message.format(**values), self.code)


RULES: dict[str, Rule] = {}
"""短名 → 规则，按说明页上的次序。"""


def _rule(group: str, code: str, message: str, why: str, mend: str) -> Rule:
    assert code not in RULES, f"规则 {code} 写了两次"
    RULES[code] = Rule(code, group, message, why, mend)
    return RULES[code]


FENCES = "围栏"

PYTHON_FENCE = _rule(
    FENCES,
    "python-fence",
    "页面里不能有 {language} 围栏：把代码放进 snippets/，用 snippet 围栏嵌入",
    "手写在页面里的代码没有人运行，过几个月就不对了，读者却会照着敲。",
    "把代码写成 `snippets/<阶段>/<名字>.py` 的一个单元，运行 `make record`，再在页面里写 snippet 围栏。",
)
