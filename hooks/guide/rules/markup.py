"""Markdown 的记号：写差一点就悄悄变成文字的，与页面里不能有的 HTML。"""

from guide.problem import Rule

GROUP = "Markdown 的记号"

BLANK_BEFORE = Rule(
    GROUP,
    "blank-before",
    "{what:列表或表格}前面要空一行，不然它接在上一段的文字里",
    "Markdown 把紧跟在一段文字下面的 `-`、`1.` 与 `|` 当成那一段的字，读者看到的是一行带横线的话。",
    "在上一段与它之间空一行：",
    "三样东西：\n\n- 词元\n- 权重",
)

TABLE_RULE = Rule(
    GROUP,
    "table-rule",
    "表格的第二行要是 |---|---|，每一列一个",
    "没有这一行就不是表格，读者看到的是一行行竖线。",
    "在表头下面补一行：",
    "| 记号 | 形状 |\n|---|---|\n| Q | (T, d) |",
)

MARK_SPACE = Rule(
    GROUP,
    "mark-space",
    "“{text:这一行的开头}” 写作 “{better:改好的开头}”",
    "标题与列表的记号要用半角，后面空一格；差一点，目录里就没有这个标题，列表就成了一行文字。",
    "用半角的 `#`、`-` 与 `1.`，后面空一格。",
    "## 先看一个例子",
)

LINK_MARK = Rule(
    GROUP,
    "link-mark",
    "链接 “{text:链接}” 写作 “{better:改好的样子}”",
    "地址要放在紧挨着方括号的半角圆括号里，不然它只是文字，点不开。",
    "圆括号用半角，与方括号之间不留空格。",
    "[注意力](../transformer-llm/attention.md)",
)

FENCE_MARK = Rule(
    GROUP,
    "fence-mark",
    "“{text:这一行}” 不是围栏：用三个反引号 ```",
    "记号不对，里面的内容就成了一段普通的文字。",
    "开头与结尾都用三个反引号。",
    "```text\n输出\n```",
)

EMPTY_BOX = Rule(
    GROUP,
    "empty-box",
    "提示框或标签页 “{text:这一行}” 里没有内容：正文缩进四格",
    "没有缩进的正文落在框外面，读者看到一个空的框。",
    "正文的每一行缩进四格：",
    '!!! tip "切的是最后一维"\n\n    正文。',
)

INDENTED_CODE = Rule(
    GROUP,
    "indented-code",
    "缩进四格的一段会当成代码：代码写进围栏，文字顶格写",
    "缩进的代码没有语言，不上色，也躲过了检查：Python 要来自片段，由一次运行证明它是对的。",
    "Python 写进 `snippets/`，用 `snippet` 围栏嵌入；命令写进 `bash` 围栏：",
    "```bash\nmake serve\n```",
)

DOLLAR = Rule(
    GROUP,
    "dollar",
    "公式的 $ 没有成对：“{text:附近的几个字}”（要写美元，前面加反斜杠）",
    "少一个 `$`，公式就原样印成 TeX，还可能把后面的文字吃进去。",
    "补上另一个 `$`，它与公式之间不留空格；真的要写美元，写 `\\$`。",
    "其中 $x_j$ 是第 j 个词。",
)

FOOTNOTE_MISSING = Rule(
    GROUP,
    "footnote-missing",
    "脚注 [^{name:名字}] 没有内容：另起一行写 “[^{again:名字}]: …”{nearest}",
    "读者看到的是一个方括号，点不开。",
    "在页面末尾补上它的内容，或者改对名字：",
    "正文[^1]。\n\n[^1]: 脚注的内容。",
)

FOOTNOTE_UNUSED = Rule(
    GROUP,
    "footnote-unused",
    "脚注 [^{name:名字}] 写了内容，正文里却没有用到",
    "页面末尾多出一条没有来处的脚注。",
    "在正文里写上它，或者删掉。",
)

REFERENCE_MISSING = Rule(
    GROUP,
    "reference-missing",
    "链接 “{text:链接}” 的名字 “{name:名字}” 没有地址：改成 [文字](地址)，或另起一行写 “[{again:名字}]: 地址”",
    "没有地址，读者看到的就是两对方括号。",
    "直接把地址写在圆括号里：",
    "[注意力](../transformer-llm/attention.md)",
)

TAG = Rule(
    GROUP,
    "html-tag",
    "页面里不能写 <{tag:标签}>",
    "安全策略不让页面运行自己的脚本、嵌入别的网站，样式也只有一份；写了，读者看到的是空白。",
    "样式与脚本改在 `docs/assets/`；视频与别的网站写成链接。",
)

ATTRIBUTE = Rule(
    GROUP,
    "html-attribute",
    "页面的 HTML 里不能写 {name:属性}=",
    "安全策略不运行写在标签里的脚本；写在标签里的样式，换成深色时不会跟着变。",
    "样式写进 `docs/assets/site.css`，用 `class`；要点开才看的用 `??? note` 提示框。",
)

UNCLOSED = Rule(
    GROUP,
    "html-unclosed",
    "<{tag:标签}> 与 </{again:标签}> 没有成对",
    "从这里到页面末尾都被它包住，或者提早结束了外面的一层。",
    "补上缺的一半，或者两半都删掉。",
)

REMOTE_IMAGE = Rule(
    GROUP,
    "remote-image",
    "图片来自别的主机 “{host:主机}”：放进 docs/assets/images/（页面不向第三方发请求）",
    "安全策略不让页面向别的主机要东西，读者看到的是一个裂开的图标；允许的话，那台主机会知道谁读了哪一页。",
    "下载下来，放进 `docs/assets/images/`，确认许可允许：",
    "![两个头的注意力权重](../assets/images/two-heads.png)",
)

STARS = Rule(
    GROUP,
    "stars",
    "“{text:附近的几个字}” 的星号会原样印出来：标点放到星号外面",
    "星号里面挨着标点、外面又挨着字，Markdown 就不把它当成强调，读者看到的是四个星号。",
    "强调的开头与结尾都落在字上，标点写在外面：",
    "**重点**。接着看……，是“**引文**”的意思。",
)

DISPLAY_ALONE = Rule(
    GROUP,
    "display-alone",
    "独占一行的公式上下要各空一行，$$ 后面不能再有字",
    "和文字连成一段，它就不是公式，读者看到的是两个 $$ 与 TeX。",
    "公式自己成一段，标点写进公式里；夹在句子里的写成 `$…$`：",
    "由此得到\n\n$$\ny = x\n$$\n\n其中 $x$ 是输入。",
)

UNKNOWN_TAG = Rule(
    GROUP,
    "unknown-tag",
    "“{text:标签}” 会被当成 HTML 标签，页面上看不见：写进行内代码",
    "浏览器不认识的标签什么也不显示；词元与泛型写在尖括号里，就从句子里消失了。",
    "用反引号包起来：",
    "序列的末尾是 `<EOS>`。",
)
