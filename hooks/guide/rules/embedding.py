"""嵌入：snippet 与 exercise 围栏指的是哪个文件、哪一段、哪几行。"""

from guide.problem import Rule

GROUP = "嵌入"

OUTSIDE = Rule(
    GROUP,
    "embed-outside",
    "file 是 “{file:文件}”，只能是 snippets/ 里的{kind:文件或练习}",
    "`snippets/` 里的代码才有人运行、有记录、有测试；别处的代码显示出来，没有人知道它还对不对。",
    "把代码移进 `snippets/<阶段>/`，`file` 写相对 `snippets/` 的路径。",
    "file: transformer-llm/lora.py",
)

MISSING = Rule(
    GROUP,
    "embed-missing",
    "snippets/ 里没有{kind} “{file:文件}”{known}{nearest}",
    "没有这个文件，页面上该有代码的地方就是空的。",
    "路径从阶段的文件夹写起。片段带 `.py`，文件名用下划线；练习写文件夹的名字。",
    "file: transformer-llm/multi_head_attention.py",
)

EXERCISE_TWICE = Rule(
    GROUP,
    "exercise-twice",
    "练习 “{name:练习}” 在这一页第 {first:几} 行嵌入过了",
    "同一道题出现两次，读者以为是两道；多半是复制了一段，忘了改 `file`。",
    "改成另一道练习，或者删掉一处。",
)

EXERCISE_NAME = Rule(
    GROUP,
    "exercise-name",
    "练习 “{name:文件夹名}” 不是以课名开头：文件夹改名为 {right:文件夹名}",
    "练习、片段与测试靠名字知道自己属于哪一课：课改名时一起改，课删掉时一起删。名字对不上的会被落下。",
    "文件夹叫 `<课名>_<练习名>`，课名里的 `-` 写成 `_`。改名用 `git mv`，这里的 `file` 一起改。",
    "file: transformer-llm/exercises/tokenization_count_bytes",
)

SHOW_MISSING = Rule(
    GROUP,
    "show-missing",
    "snippets/{path:路径} 里没有 “{show:名字}”（现有：{allowed:单元与符号}）{nearest}",
    "片段里的函数改了名，页面却还指着旧的，这里就没有代码可以显示。",
    "`show` 写单元的标题，或函数、类、方法的名字，与片段里一字不差。",
    "show: MultiHeadAttention.forward",
)

LINES_FORMAT = Rule(
    GROUP,
    "lines-format",
    "lines 是 {value:值}，应为行号范围，如 3-9",
    "读不出是第几行到第几行，就不知道该显示什么。",
    "`lines` 写一个行号，或用 `-` 连起来的一段；要几段，就写几个围栏。",
    "lines: 3-9",
)

HIGHLIGHT_FORMAT = Rule(
    GROUP,
    "highlight-format",
    "highlight 是 {value:值}，应为行号范围，如 3-5 或 1,4-6",
    "读不出要强调哪几行，就一行也不会亮。",
    "用 `-` 连起一段，用逗号隔开几段。",
    "highlight: 1,4-6",
)

RANGE_REVERSED = Rule(
    GROUP,
    "range-reversed",
    "{key:键} 是 {value:值}，起大于止：写作 {better:倒过来的}",
    "从大到小的一段里一行也没有，什么也不会显示，什么也不会亮。",
    "小的写在前面。",
    "highlight: 26-31",
)

LINES_OUTSIDE = Rule(
    GROUP,
    "lines-outside",
    "lines 是 {lines:行号}，所选的一段有 {total:几} 行",
    "片段变短了，或者行号数错了：照这个范围，一部分代码取不到。",
    "行号从 `show` 选中的那一段的第一行数起，止不能超过消息里的行数。",
)

HIGHLIGHT_OUTSIDE = Rule(
    GROUP,
    "highlight-outside",
    "highlight 是 {highlight:行号}，只显示了 {total:几} 行",
    "要强调的行没有显示出来，读者找不到正文里说的“亮的那一行”。",
    "行号从显示出来的第一行数起：写了 `lines: 5-9`，第 5 行就是这里的第 1 行。",
)

ALT = Rule(
    GROUP,
    "figures-alt",
    "画了 {figures:几} 张图，alt 写了 {alt:几} 条：每张图一句，说图上看到了什么",
    "看不见图的读者只能听说明，图题也取自它的第一句。少一条，就有一张图没有名字。",
    "一张图一条，按画出来的次序写，说结论，不说“一张图”。",
    "alt: [三个词的注意力权重：上三角全是 0]",
)

SNIPPET_UNUSED = Rule(
    GROUP,
    "snippet-unused",
    "没有一页嵌入这个片段：在页面里用 snippet 围栏嵌入它，或删掉它",
    "没有页面讲的代码，读者遇不到，测试却每次都要运行它。",
    "在讲它的那一页里嵌入；草稿里嵌入也算。",
    "```snippet\nfile: transformer-llm/lora.py\n```",
)

EXERCISE_UNUSED = Rule(
    GROUP,
    "exercise-unused",
    "没有一页嵌入这个练习：用 exercise 围栏嵌入它，或删掉它",
    "没有页面引到它，读者就不知道有这道练习。",
    "在对应的课的末尾嵌入：",
    "```exercise\nfile: transformer-llm/exercises/multi_head_attention_causal_mask\nhints:\n  - 上三角的位置要在 softmax 之前变成 −∞。\n```",
)
