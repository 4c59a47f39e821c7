"""围栏：写法、缩进与语言。"""

from guide.problem import Rule

GROUP = "围栏"

OPEN = Rule(
    GROUP,
    "open-fence",
    "围栏没有结束：用 {marker:围栏的记号} 单独一行结束它，前缀要一样",
    "从这一行到页面结尾都会变成代码，下面的正文、公式与小测全都看不到。",
    "结尾与开头用同一种记号，一样多或更多；开头缩进了几格、前面有没有 `>`，结尾也一样。",
    "    ```snippet\n    file: transformer-llm/lora.py\n    ```",
)

ON_BULLET = Rule(
    GROUP,
    "fence-on-bullet",
    "围栏和列表记号写在了同一行：另起一行，缩进 4 个空格",
    "Markdown 不认这种写法，围栏里的字会散在列表里，变成普通的文字。",
    "列表项先写一句话，空一行，再缩进 4 个空格写围栏：",
    "- 先看代码：\n\n    ```snippet\n    file: transformer-llm/lora.py\n    ```",
)

INDENT = Rule(
    GROUP,
    "fence-indent",
    "围栏缩进了 {indent:几} 个空格：列表里的围栏要缩进 4 个（或 8 个）空格",
    "缩进不够 4 个，围栏就不属于那一项：列表从中断开，后面的编号又从 1 数起。",
    "一层列表缩进 4 个空格，两层 8 个；不在列表里就顶格写。围栏里的每一行跟着一起缩进。",
    "1. 先看代码：\n\n    ```snippet\n    file: transformer-llm/lora.py\n    ```",
)

PYTHON = Rule(
    GROUP,
    "python-fence",
    "页面里不能有 {language:语言} 围栏：把代码放进 snippets/，用 snippet 围栏嵌入",
    "手写在页面里的代码没有人运行，过几个月就不对了，读者却会照着敲。",
    "把代码写成 `snippets/<阶段>/<名字>.py` 里的一个单元，运行 `make record SNIPPET=<名字>`，再在页面里嵌入它：",
    "```snippet\nfile: transformer-llm/lora.py\nshow: 合并权重\n```",
)

UNKNOWN = Rule(
    GROUP,
    "unknown-fence",
    "不认识的围栏 “{language:语言}”{nearest}",
    "拼错一个字母，Markdown 就当它是普通的代码块：读者看到的是几行 YAML，不是片段或小测。",
    "照消息里的写法改；它真是一段别的文字，语言写 `text`。",
    "```snippet\nfile: transformer-llm/lora.py\n```",
)

SHAPE = Rule(
    GROUP,
    "fence-shape",
    "{language:语言} 围栏里应为“键: 值”，例如 file: …",
    "读不出要显示哪个文件，这里就什么也显示不了。",
    "一行一个键，冒号后面留一个空格：",
    "```snippet\nfile: transformer-llm/lora.py\n```",
)

NO_ANSWER = Rule(
    GROUP,
    "quiz-no-answer",
    "没有正确选项：给对的那个加上 correct: true",
    "读者选哪一个都是错的。",
    "给正确的选项加上 `correct: true`；可以不止一个，那样就是多选题。",
    "options:\n  - text: 更尖，梯度变小\n    correct: true\n    why: 方差是 d_k，标准差由 8 变成 16。",
)

ALL_RIGHT = Rule(
    GROUP,
    "quiz-all-right",
    "每个选项都对，就没有什么可选的了",
    "读者怎么选都对，也就检查不出有没有读懂。",
    "加一个读者真会选错的选项，在 `why` 里说清它错在哪里。",
)

SAME_OPTION = Rule(
    GROUP,
    "quiz-same-option",
    "选项 “{text:选项}” 写了两次",
    "两个一样的选项，读者分不清该选哪一个；多半是复制了一项，忘了改。",
    "改成另一个答案，或者删掉一项。",
)
