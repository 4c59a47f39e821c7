"""片段与记录：脚本的形状、单元的标题、记录有没有过期。"""

from guide.problem import Rule

GROUP = "片段与记录"

MISPLACED = Rule(
    GROUP,
    "snippet-misplaced",
    "放错了地方：片段是 snippets/<阶段>/<名字>.py，练习是 snippets/<阶段>/exercises/<名字>/task.py{nearest}",
    "不在阶段的文件夹里，就没有人运行它、检查它，页面也嵌入不了。",
    "移到它那一课的阶段里。五个阶段是 foundations、deep-learning-nlp、transformer-llm、applications、advanced；数据放 `snippets/data/`。",
)

NAME = Rule(
    GROUP,
    "snippet-name",
    "{kind:片段或练习}名 “{name:名字}” 应为小写英文、数字与下划线，字母开头：改成 {right:名字}",
    "名字里有大写、连字符或中文，测试导入不了它，换一个系统还可能找不到。",
    "用 `git mv` 改名，页面上的 `file` 一起改，再 `make record`。",
)

SHADOWS = Rule(
    GROUP,
    "snippet-shadows",
    "片段名 “{name:名字}” 与一个 Python 模块同名，会挡住它：改成 {right:名字}",
    "读者运行它时，同一个文件夹里的别的脚本写 `import random`，导入的是这个片段。",
    "前面加上课名，页面上的 `file` 一起改，再 `make record`。",
)

NO_LESSON = Rule(
    GROUP,
    "snippet-no-lesson",
    "片段名 “{name:名字}” 不以这个阶段的任何一课开头（{allowed:这个阶段的课}）：改成 {right:名字}",
    "看名字就知道归哪一课；改课名时，它才跟着一起改。",
    "前面加上课名（连字符写成下划线），页面上的 `file` 一起改，再 `make record`。阶段自己的页面嵌入的，不必以课名开头。",
)

ORPHAN = Rule(
    GROUP,
    "recording-orphan",
    "没有片段 {name:名字}.py，这份记录没有主人：删掉这个文件夹",
    "片段改了名或删掉了，旧的记录还在，没有人再更新它。",
    "删掉整个文件夹；片段是改了名，就再 `make record` 一次。",
)

DOCSTRING = Rule(
    GROUP,
    "snippet-docstring",
    "缺少模块 docstring：第一行是标题，接着说它演示什么、出自哪里",
    "代码页、笔记本与代码目录的标题都取自它；没有它，读者只看到一个文件名。",
    "写在文件的最前面：",
    '"""多头注意力。\n\n从零写一遍，再与 PyTorch 的实现逐元素比较。出自 Vaswani 等（2017）。\n"""',
)

NO_CELLS = Rule(
    GROUP,
    "no-cells",
    "没有单元：用 “# %% 标题” 把代码分成几段",
    "页面按单元嵌入代码，输出也按单元记录；没有单元，就没有一段可以显示。",
    "讲解到哪里停一停，代码就在哪里分一段：",
    "# %% 一次注意力\nscores = q @ k.T",
)

CODE_BEFORE_CELLS = Rule(
    GROUP,
    "code-before-cells",
    "第一个 “# %% 标题” 之前只能有 docstring，把这行代码放进单元里",
    "不属于任何单元的代码，页面上显示不了，它打印的东西也没有地方记。",
    "在第一行代码之前加一个单元标题，导入也放在里面。",
    "# %% 准备\nimport numpy as np",
)

CELL_MARKER = Rule(
    GROUP,
    "cell-marker",
    "“{text:这一行}” 不是单元的开头：写成顶格的 “# %% 标题”，# 与 %% 后面各空一格",
    "差一个空格，它就只是一行注释：这一段并进了上一个单元，页面上找不到它。",
    "照这样写；真的只是注释，就别以百分号开头。",
    "# %% 合并权重",
)

CELL_UNTITLED = Rule(
    GROUP,
    "cell-untitled",
    "单元没有标题：写成 “# %% 标题”",
    "页面用标题指明嵌入哪一段，记录也用标题分开各段的输出。",
    "给这一段起一个短名字，说它做什么：",
    "# %% 合并权重",
)

CELL_EQUALS = Rule(
    GROUP,
    "cell-title-equals",
    "单元标题 “{title:标题}” 里不能有 “=”：Jupytext 会把它当作元数据{nearest}",
    "读者用 Jupytext 或编辑器打开时，等号之后的字会从标题里消失。",
    "用字说出来：`d = 64` 写成“64 维”。",
)

CELL_TAKEN = Rule(
    GROUP,
    "cell-title-taken",
    "单元标题 “{title:标题}” 与第 {first:几} 行重复，同一文件里要唯一",
    "页面上写 `show: 结果` 时，分不清是哪一个；两段的输出也会记到一起。",
    "改成更具体的标题，例如“训练之前的结果”与“训练之后的结果”。",
)

CELL_SYMBOL = Rule(
    GROUP,
    "cell-title-symbol",
    "单元标题 “{title:标题}” 也是一个函数或类的名字，换一个标题",
    "`show` 既认单元标题，也认函数与类的名字；同名时，不知道要显示整段还是只显示定义。",
    "单元标题写中文，说这一段做什么；函数与类的名字留给代码。",
)

CELL_TAG = Rule(
    GROUP,
    "cell-tag",
    "不认识的 tag “{tag:tag}”，应为 {allowed:允许的值}{nearest}",
    "拼错的 tag 没有作用：本该每次不同的输出会被逐字比较，测试时好时坏。",
    '输出每次不同写 `tags=["varies"]`，故意出错写 `tags=["raises-exception"]`。',
    '# %% 采样 tags=["varies"]',
)

DOCSTRING_HTML = Rule(
    GROUP,
    "docstring-html",
    "docstring 里的 {tag:标签} 会被当成 HTML 标签而不见：写成 `{tag:标签}`",
    "代码页把 docstring 当作 Markdown；尖括号里的词元会像标签一样消失，句子读不通。",
    "用反引号包起来，例如 `` `<bos>` ``。",
)

STALE = Rule(
    GROUP,
    "recording-stale",
    "记录过期：{reason:原因}。重新记录：make record SNIPPET={name:片段}",
    "页面上的输出来自记录。脚本、它读的文件或依赖的版本变了，记录还是旧的，读者就会看到代码印不出的输出。",
    "运行消息里的命令，看一眼 git 里的差异，确认输出变得有道理，再把 `recorded/` 一起提交。",
)

MANY_STALE = Rule(
    GROUP,
    "recordings-stale",
    "{count:几} 个记录过期：{reason:原因}。重新记录：make record",
    "这个文件或这个版本变了，用到它的片段印出的可能也变了，页面上的输出却还是旧的。",
    "不是有意改的就改回来：数据与模型用 `git checkout`，版本改回原来的。是有意的，就运行消息里的命令，看一眼 git 里的差异，一起提交。",
)

EDITED = Rule(
    GROUP,
    "recording-edited",
    "与录下时不同，这个文件不能手改。重新记录：make record SNIPPET={name:片段}",
    "页面上的输出与图是程序真的印出、画出的。改过一个字，读者运行时看到的就是另一个样子。",
    "运行消息里的命令；想让输出变样，就改片段。合并时冲突了也一样：先合好片段，再重新记录。",
)

NEVER_SHOWN = Rule(
    GROUP,
    "figure-never-shown",
    "单元 “{title:标题}” 画了图，却没有 plt.show()：读者直接运行时看不到它",
    "录制时图照样收得走，读者运行脚本时却没有窗口出来，不知道少了什么。",
    "在画完的那一行后面写上，再 `make record` 一次：",
    "# %% 画出来\nimport matplotlib.pyplot as plt\n\nfigure, axes = plt.subplots()\nplt.show()",
)
