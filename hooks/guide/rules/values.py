"""键与值：front matter、围栏里的 YAML 与 terms.yml 共用的规则。"""

from guide.problem import Rule

GROUP = "键与值"

UNKNOWN_KEY = Rule(
    GROUP,
    "unknown-key",
    "不认识的键 {key:名字}（可用：{allowed:这里认得的键}）{nearest}",
    "多半是拼错了：`minuts: 60` 不会出错，只是那一课从此没有时间。所以不认识的键一律不收。",
    "照括号里列出的键改；它不在里面，就说明这里用不着，删掉这一行。",
)

MISSING_KEY = Rule(
    GROUP,
    "missing-key",
    "缺少 {key:键}{meaning}",
    "页面的某一处要靠它：没有 `goal`，读者不知道学完能做什么；没有 `minutes`，排不出学习时间。",
    "补上这个键，括号里说了它是什么。",
    "goal: 从零实现多头注意力，并与 PyTorch 的实现逐元素对齐\nminutes: 60",
)

DUPLICATE_KEY = Rule(
    GROUP,
    "duplicate-key",
    "键 {key:名字} 与第 {first:几} 行重复{hint}",
    "YAML 只认最后一个，前面写的那个白写了，而且看不出来。",
    "留下一个，删掉另一个。列表里少写一个 `-`，两项就并成了一项，它们的键也会重复：补上 `-`。",
    "- term: 词元\n  english: token\n- term: 词表\n  english: vocabulary",
)

COMMENT = Rule(
    GROUP,
    "swallowed-comment",
    "“{comment:注释}” 成了注释，不在值里：用单引号把整个值括起来（真是注释，就在 # 前面空两格）",
    "YAML 里，空格后面的 `#` 开始一句注释：`title: 多头 #1 注意力` 的标题只有“多头”两个字。",
    "值里要有 `#`，就用单引号括起来。",
    "title: '多头 #1 注意力'",
)

CHOICE = Rule(
    GROUP,
    "not-a-choice",
    "{key:键} 是 {value:值}，应为 {allowed:允许的值}{nearest}",
    "这个键只认几个值，别的值不知道该怎样显示。",
    "换成列出来的一个，大小写要一样。",
)

RANGE = Rule(
    GROUP,
    "out-of-range",
    "{key:键} 是 {value:值}，应为{allowed:允许的值}",
    "阶段只有五个，次序从 1 数起；范围之外的数，导航里没有地方放，多半也是笔误。",
    "改成范围之内的数。一课超过 600 分钟，就拆成两课。",
)

EMPTY = Rule(
    GROUP,
    "empty-text",
    "{key:键} 是空的",
    "空着的标题、目标或说明会在页面上留下一块空白，读屏软件也读不出什么。",
    "写上内容；这个键可以不写的话，删掉这一行。",
)

LENGTH = Rule(
    GROUP,
    "text-length",
    "{key:键} 有 {length:几} 个字，应为{allowed:几个}",
    "搜索结果里只显示 40–120 个字：短了，别人不知道页面讲什么；长了，后半句会被截掉。一个字的 `goal` 也说不出学完能做什么。",
    "写一两句完整的话，说清这一页讲什么、读完能做什么。",
    "seoDescription: 用 30 行 NumPy 写出多头注意力：每个头看什么，怎样拆开与合并，因果掩码加在哪里，再与 PyTorch 对齐。",
)

TOO_FEW = Rule(
    GROUP,
    "too-few",
    "{key:键} 至少要有 {least:几} 项",
    "只有一个选项的小测没有什么可选，没有一条 `goals` 的阶段说不出学完能做什么。",
    "补到这个数目，一行一项，行首是 `-`。",
    "options:\n  - text: 更平\n    why: 点积的方差随维度增大，分布会更尖。\n  - text: 更尖\n    correct: true\n    why: 方差就是维度，标准差由 8 变成 16。",
)

TYPE = Rule(
    GROUP,
    "wrong-type",
    "{key:键} 是 {value:值}，{expected:应为什么}",
    "类型不对的值排不了序、也连不成列表：`minutes: 很久` 加不进一个阶段的总时间。",
    "照消息里的例子写。应为整数的，数字不加引号；应为文字的（例如选项 10），用单引号括起来。列表用方括号，只有一项也要。",
    "minutes: 60\ntags: [attention]",
)

FULL_WIDTH_COMMA = Rule(
    GROUP,
    "full-width-comma",
    "{key:第几项} {value:值} 里有{mark:全角的标点}：列表用半角逗号分开",
    "YAML 只认半角的逗号：`[甲，乙]` 是一项，不是两项。",
    "换成半角逗号，后面空一格；或者一行一项，行首是 `-`。",
    "tags: [attention, transformer]",
)

DATES = Rule(
    GROUP,
    "dates-order",
    "{key:键} 是 {value:日期}，早于 publishedAt（{first:日期}）",
    "页面上会写“更新于”一个还没有发表的日子。",
    "更新的日期不早于首次发表的日期；不写，就用 git 里的。",
    "publishedAt: 2026-11-23\nupdatedAt: 2026-11-28",
)

MONTHS = Rule(
    GROUP,
    "months-order",
    "months 是 {value:值}，应为 [起, 止]，起小于止，例如 [6, 10] 或 [15, null]",
    "路线图照它写“第 6–10 个月”；起点不早于终点，读者就不知道该何时开始。",
    "第一个数是从第几个月起，第二个是到第几个月；没有终点写 `null`。",
    "months: [6, 10]",
)
