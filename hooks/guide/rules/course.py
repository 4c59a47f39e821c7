"""课程：阶段、次序、课名与先修。"""

from guide.problem import Rule

GROUP = "课程"

STAGE_FOLDER = Rule(
    GROUP,
    "stage-folder",
    "stage 是 {stage:几}，文件夹 {folder:文件夹} 是第 {expected:几} 阶段：改 stage，或把文件移到 {right:文件夹}/",
    "地址来自文件夹，编号来自 `stage`。两者不一致，读者会在第 1 阶段里看到“第 3.2 课”。",
    "文件夹放对了，就改 `stage`；`stage` 写对了，就移动文件。片段与测试的文件夹同名，跟着一起移。",
)

LESSON_KEYS = Rule(
    GROUP,
    "lesson-keys-outside",
    "{keys:键} 只用在课与阶段页里：把文件移到阶段的文件夹（如 docs/{folder:阶段}/），或去掉{these:这些键}",
    "一页是不是课，由它在哪个文件夹决定。放在别处，它就没有编号，也不会出现在课表与导航的阶段里。",
    "是一课，就移到 `docs/<阶段>/<课名>.md`，不再套一层文件夹；不是，就只留任何一页都有的键。",
)

STAGE_LEVEL = Rule(
    GROUP,
    "stage-level",
    "level 是 {level:程度}，第 {stage:几} 阶段应为 {expected:程度}",
    "读者按程度选起点：第 1 阶段是初级，第 2、3 阶段是中级，第 4、5 阶段是高级。写错一处，路线图上的程度就会忽高忽低。",
    "改成消息里说的程度。",
)

HOME_PAGE = Rule(
    GROUP,
    "home-page",
    "没有首页：写一个 docs/index.md",
    "打开网站看到的是 404，每一页左上角的链接也通到那里。",
    "删错了就用 `git restore docs/index.md` 找回来。",
)

STAGE_PAGE = Rule(
    GROUP,
    "stage-page-missing",
    "阶段 {folder:文件夹} 有课，却没有自己的页面：写一个 docs/{folder:文件夹}/index.md",
    "导航、路线图与课表都挂在阶段页上；没有它，这个阶段的课一课也不会出现在导航里。",
    "写一个阶段页：",
    "---\ntitle: 基础\nstage: 1\nlevel: 初级\nmonths: [0, 3]\ngoals:\n  - 能用 NumPy 写出一次矩阵乘法\n---",
)

SAME_TEXT = Rule(
    GROUP,
    "same-as-another-page",
    "{key:键} 与 docs/{other:文件} 一字不差：每一页写自己的",
    "导航里、搜索结果里两页看起来一样，读者分不清该点哪一个；多半是从那一页复制来，忘了改。",
    "写这一页自己的。两页都会报告，改其中一页就好。",
)

ORDER_TAKEN = Rule(
    GROUP,
    "order-taken",
    "order 是 {order:几}，与 docs/{other:文件} 相同；第 {stage:几} 阶段空着的最小次序是 {free:几}",
    "两课会有同一个编号，谁是上一课、谁是下一课也说不准。",
    "消息里的次序还空着，可以直接用；要插在中间，把后面几课的 `order` 依次加一。",
)

NAME_TAKEN = Rule(
    GROUP,
    "lesson-name-taken",
    "课名 {name:课名} 与 docs/{other:文件} 相同；课名在全站唯一",
    "先修只写文件名，片段、练习与测试也以它命名；重名之后，`requires: [attention]` 不知道指的是哪一课。",
    "给文件换一个更具体的名字，例如 `attention.md` 换成 `attention-in-numpy.md`，片段与测试一起换。",
)

LESSON_NAME = Rule(
    GROUP,
    "lesson-name",
    "课名 “{name:课名}” 应为小写英文、数字与连字符，字母开头：文件名改成 {right:文件名}.md 这样",
    "文件名就是网址，也是先修、片段、练习与测试的名字：空格、中文、大写与下划线到了网址里会变样，换一个系统还可能找不到。",
    "改名用 `git mv`；已经发布的课用 `make rename-lesson`，引用会一起改。",
)

PREREQUISITE_MISSING = Rule(
    GROUP,
    "prerequisite-missing",
    "先修课 “{name:课名}” 不存在{known}{nearest}",
    "抬头里的“先修”会少一课，读者也就少学一课。",
    "写课的文件名，不带文件夹与 `.md`：",
    "requires: [attention, tokenization]",
)

PREREQUISITE_DRAFT = Rule(
    GROUP,
    "prerequisite-draft",
    "先修课 “{name:课名}” 还没有发布（published: false）",
    "草稿不在站上，读者点开先修课会看到 404。",
    "把先修课一起发布（删掉它的 `published: false`），或者先去掉这条先修。",
)

PREREQUISITE_CYCLE = Rule(
    GROUP,
    "prerequisite-cycle",
    "先修关系成了环：{cycle:甲 → 乙 → 甲}。去掉其中一条",
    "照着先修学，永远找不到该从哪一课开始。",
    "问一句：学哪一课真的离不开另一课？留下那一条，去掉另一条。",
)

PREREQUISITE_LATER = Rule(
    GROUP,
    "prerequisite-later",
    "先修课 “{name:课名}”（{number:编号}）排在这一课（{here:编号}）后面：调整 order，或去掉这条先修",
    "读者按次序学，到这一课时还没有学过它的先修。",
    "把先修课的 `order` 改小，或者把这一课往后放；其实用不着的先修，去掉就好。",
)
