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

OPENING = Rule(
    GROUP,
    "front-matter-opening",
    "第一行是{found:什么}，应为三个半角的 -",
    "MkDocs 只认文件第一行的 `---`；差一点，整段 front matter 就成了正文。",
    "文件的第一行写 `---`，前面没有空行，前后没有别的字。输入法开着时，`---` 会变成破折号。",
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

THEME = Rule(
    GROUP,
    "theme-file",
    "{key:键} 是 “{value:值}”，没有这个{what:模板或图标}{nearest}",
    "套模板时找不到它，这一页就构建不出来。",
    "`template` 写 `overrides/` 或主题里一个 `.html` 的名字，`icon` 写主题里一个图标的路径，不带 `.svg`。多数页面两个都不用写。",
    "icon: material/book",
)

IMAGE = Rule(
    GROUP,
    "share-image-missing",
    "image 是 “{image:图片}”，docs/ 里没有这个文件{nearest}",
    "把这一页分享到别处时，卡片上没有图。",
    "写相对 `docs/` 的路径，不写网址；不写 `image`，就用本站为这一页画的卡片。",
    "image: assets/social-card.png",
)

IMPOSSIBLE_DATE = Rule(
    GROUP,
    "impossible-date",
    "{key:键} 是 {value:值}，日历上没有这一天",
    "一个不存在的日期，会让整段 YAML 都读不出来。",
    "写成 年-月-日，月与日各两位，再看一眼那个月有没有这一天。",
    "updatedAt: 2026-02-28",
)
