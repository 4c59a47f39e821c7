"""搬家：redirects.yml 里旧页面到新页面。"""

from guide.problem import Rule

GROUP = "搬家"

SHAPE = Rule(
    GROUP,
    "redirects-shape",
    "应为“旧页面.md: 新页面.md”，每行一条，都相对 docs/",
    "一条也读不出来，所有旧地址都会变成 404。",
    "一行一条，冒号后面留一个空格，行首没有 `-`：",
    "transformer-llm/old-name.md: transformer-llm/new-name.md",
)

OLD_PATH = Rule(
    GROUP,
    "redirect-old-path",
    "旧页面是 “{old:旧页面}”，应为相对 docs/ 的 .md 路径",
    "旧地址由这个路径算出，路径不对，转过去的那一页就放错了地方。",
    "写当初那个文件的路径，不写网址，开头没有 `/`，里面没有 `..`：",
    "transformer-llm/old-name.md: transformer-llm/new-name.md",
)

STILL_THERE = Rule(
    GROUP,
    "redirect-still-there",
    "“{old:旧页面}” 还在，不能转走：删掉这一行，或删掉那一页",
    "同一个地址上不能既有一页、又转到别处，后写的会盖掉先写的。",
    "页面还要，就删掉这一行；页面已经搬走，就删掉旧文件。",
)

CHAIN = Rule(
    GROUP,
    "redirect-chain",
    "新页面 “{new:新页面}” 自己也转走了：写最后的那一页{nearest}",
    "旧地址上的一页只转一次；转到另一个旧地址，读者要再等一次，绕成一圈就哪里也到不了。",
    "几次搬家都直接写页面现在的路径。",
    "transformer-llm/oldest.md: transformer-llm/new-name.md\ntransformer-llm/old-name.md: transformer-llm/new-name.md",
)

TARGET_MISSING = Rule(
    GROUP,
    "redirect-target-missing",
    "新页面 “{new:新页面}” 不存在{nearest}",
    "从旧地址过来的人会被转到 404。",
    "写页面现在的路径；那一页后来又搬了家，就改成它最新的位置。",
    "transformer-llm/old-name.md: transformer-llm/new-name.md",
)
