"""front matter：一页开头、两行 --- 之间的 YAML。"""

from guide.problem import Rule

GROUP = "front matter"

MISSING = Rule(
    GROUP,
    "front-matter-missing",
    "缺少 front matter：开头写 ---、title: 标题、---",
    "标题、导航、编号、上一课与下一课都从这里得出；没有它，站上就没有这一页的位置。",
    "在文件的第一行起写上两行 `---`，中间至少有标题。一课还要哪些键，见 [front matter 的键](front-matter.md#一课)。",
    "---\ntitle: 多头注意力\n---",
)

SWALLOWED = Rule(
    GROUP,
    "front-matter-swallowed",
    "第一行 “{key:键}: …” 会被 MkDocs 当作元数据吞掉：front matter 要写在两行 --- 之间",
    "MkDocs 有一种旧的写法：开头像“键: 值”的行都算元数据，而且不说一声。这一行会从页面上消失。",
    "它如果是 front matter，在前后各加一行 `---`；它如果是正文，先写好 front matter。",
    "---\ntitle: 多头注意力\n---",
)

NOT_CLOSED = Rule(
    GROUP,
    "front-matter-not-closed",
    "front matter 没有结束：在它后面加一行 ---",
    "找不到结尾，整篇正文都会被当成 YAML，页面是空的。",
    "在最后一个键的下一行写 `---`，顶格，前面不留空格。",
    "---\ntitle: 多头注意力\nstage: 3\n---\n\n正文从这里开始。",
)

EMPTY = Rule(
    GROUP,
    "front-matter-empty",
    "front matter 是空的：至少写 title: 标题",
    "没有标题的页面进不了导航，浏览器的标签上也没有名字。",
    "在两行 `---` 之间写上标题。",
    "---\ntitle: 多头注意力\n---",
)

SHAPE = Rule(
    GROUP,
    "front-matter-shape",
    "front matter 应为“键: 值”，这里是{kind:什么}",
    "MkDocs 会不声不响地丢掉它，这一页就像没有写过 front matter。",
    "去掉行首的 `-`，冒号后面留一个空格。",
    "title: 多头注意力\nstage: 3",
)

DUPLICATE_KEY = Rule(
    GROUP,
    "duplicate-key",
    "键 {key:名字} 与第 {first:几} 行重复",
    "YAML 只认最后一个，前面写的那个白写了，而且看不出来。",
    "留下一个，删掉另一个。",
)

IMPOSSIBLE_DATE = Rule(
    GROUP,
    "impossible-date",
    "没有这样的日期：应为日期，如 2026-11-23",
    "日历上没有这一天，整段 front matter 都会因此读不出来。",
    "写成 年-月-日，月与日各两位，再看一眼那个月有没有这一天。",
    "updatedAt: 2026-02-28",
)
