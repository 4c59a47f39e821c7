"""正文与链接：一级标题、指向别的页面的链接，与没有写完的待办。"""

from guide.problem import Rule

GROUP = "正文与链接"

HEADING_ONE = Rule(
    GROUP,
    "heading-one",
    "正文里有一级标题：H1 来自 front matter 的 title，这里从 ## 起",
    "页面会有两个大标题，搜索引擎与读屏软件分不清哪一个是这一页的名字。",
    "与 `title` 意思一样就删掉，是一节的标题就改成 `##`。一行文字下面画一排 `===` 也算一级标题。",
    "## 先看一个例子",
)

ABSOLUTE_LINK = Rule(
    GROUP,
    "absolute-link",
    "链接 “{target:链接}” 要写成相对这一页的路径",
    "站点不一定放在域名的根上：发布在 `…/llm/` 下面时，以 `/` 开头的链接会跳到站外。",
    "从这一页所在的文件夹写起，`../` 是上一级：",
    "[注意力](../transformer-llm/attention.md)",
)

MISSING_PAGE = Rule(
    GROUP,
    "missing-page",
    "链接指向不存在的页面 “{file:页面}”{nearest}",
    "读者点开会看到 404。",
    "多半是拼错了，或者少了 `../`。页面改了名，就把链接一起改过来。",
    "[注意力](../transformer-llm/attention.md)",
)

MISSING_IMAGE = Rule(
    GROUP,
    "missing-image",
    "图片 “{file:文件}” 不存在{nearest}",
    "读者看到的是一个裂开的图标。",
    "图片放在 `docs/assets/images/` 里，路径从这一页所在的文件夹写起。片段画的图不用写，嵌入片段就有。",
    "![两个头的注意力权重](../assets/images/two-heads.png)",
)

LINK_FORM = Rule(
    GROUP,
    "link-form",
    "链接 “{target:链接}” 要指向那一页的 .md 文件",
    "MkDocs 只检查、只改写指向 `.md` 的链接；写成网址的样子，那一页搬了家也没有人知道。",
    "`../transformer-llm/lora/` 写成 `../transformer-llm/lora.md`，锚点照旧跟在后面。站外的链接要带 `https://`。",
    "[LoRA](../transformer-llm/lora.md#低秩)",
)

EMPTY_LINK = Rule(
    GROUP,
    "empty-link",
    "链接 “{text:链接}” 没有写地址",
    "读者点开还是这一页。",
    "补上地址，或者去掉方括号与圆括号。",
)

SCHEME = Rule(
    GROUP,
    "link-scheme",
    "链接 “{target:链接}” 的开头应为 https://、http:// 或 mailto:{nearest}",
    "浏览器不认识这个开头，点了没有反应；`javascript:` 一类会被安全策略拦下。",
    "多半是拼错了，改成 `https://`。",
)

ANCHOR_MISSING = Rule(
    GROUP,
    "anchor-missing",
    "链接 “{link:链接}” 指向的那一页没有这个锚点{nearest}",
    "读者点开会停在那一页的开头，找不到你说的那一节。",
    "锚点就是小标题：字母变小写，空格与标点变成 `-`。小标题改过，链接要跟着改；也可以给小标题写一个固定的锚点。",
    "## 三个性质 {#properties}",
)

DRAFT_LINK = Rule(
    GROUP,
    "draft-link",
    "链接指向没有发布的页面 “{file:页面}”（published: false）",
    "草稿只在预览里看得到；发布之后，这个链接是 404。",
    "把那一页一起发布，或者先只写文字、不加链接。",
)

ADMONITION = Rule(
    GROUP,
    "admonition",
    "提示框写得不对：“{text:这一行}”{nearest}",
    "记号、种类与标题差一点，它就变成一行普通的文字，或一个没有样子的方框。",
    "三个感叹号（要折叠就用三个问号），空一格写种类，再空一格写标题；标题放在半角的双引号里，里面的引号用“”。种类有 note、tip、warning、info、example、question、success、failure、danger、bug、quote、abstract。正文缩进四格。",
    '!!! tip "切的是最后一维"\n\n    正文。',
)

TODO_LEFT = Rule(
    GROUP,
    "todo-left",
    "发布了的页面里还有待办 “{title:标题}”：照它写完，删掉这一段，或先写 published: false",
    "`make new-lesson` 写出的页面里，每一部分都有一个 `!!! todo` 提示框，说这里该换成什么。它是写给作者的，读者不该看到。",
    "写完一部分，就删掉那一部分的 `!!! todo` 提示框。还没写完的课写 `published: false`，只在预览里看得到。",
)

LESSON_THIN = Rule(
    GROUP,
    "lesson-thin",
    "这一课发布了，却只有 {count:几} {what:什么}；一课至少要 {least:几} {what:什么}（pyproject.toml 的 tool.guide.lesson）",
    "只读不做，读者不知道自己会没会：练习验证“做得到”，小测揪出误解，图让人看见数字说不清的东西。",
    "照缺的补上。图可以是片段画的，也可以是一张示意图。还没写完的课先写 `published: false`。",
)
