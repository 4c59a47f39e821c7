"""文字：空格与标点，句子，标题，图片与链接的文字。"""

from guide.problem import Rule

GROUP = "文字"

SPACING = Rule(
    GROUP,
    "spacing",
    "“{found:空格不对的几个字}” 写作 “{better:空好的样子}”（make format 能改好）",
    "中文与字母、数字、代码、公式之间空一格，全角标点与中文的链接旁边不空，读起来才匀；有的空有的不空，搜索与替换也会漏。",
    "运行 `make format`。“”与《》里面的不查：引用的原文要一字不差。",
    "用 PyTorch 训练，显存占用 16 GB（约 75%）。运行 `train.py`，见[注意力](attention.md)一课。",
)

PUNCTUATION = Rule(
    GROUP,
    "punctuation",
    "“{found:标点不对的几个字}” 写作 “{better:改好的样子}”（make format 能改好）",
    "中文里的半角标点又小又偏，后面的字跟得太近。",
    "运行 `make format`。并列的名字用顿号；形状、区间与代码里的括号和逗号留半角：",
    "Q、K、V 三个矩阵（matrix），形状是 (B, T, C)。",
)

LONG_SENTENCE = Rule(
    GROUP,
    "long-sentence",
    "“{opening:开头的几个字}…” 这一句有 {length:几} 个字，应不超过 {most:几} 个：在说完一件事的地方断开",
    "读到后面忘了前面。好读的技术书，一句在 25 个字上下。",
    "一句只说一件事，说完用句号。公式、代码与网址不算长度，一个英文词算一个字，分号也算断开。",
)

HEADING_SKIP = Rule(
    GROUP,
    "heading-skip",
    "标题从第 {before:几} 级跳到第 {level:几} 级：这里写 {marks:记号}",
    "目录与读屏软件靠级别知道谁属于谁，跳过一级，这一节就没有了上一层。",
    "`##` 下面用 `###`。只想要一句醒目的话，用加粗的一句开头。",
)

IMAGE_ALT = Rule(
    GROUP,
    "image-alt",
    "图片的说明是 “{text:说明}”：写图上看到了什么",
    "看不见图的读者只有这句话；图没有加载出来时，所有人都只有这句话。",
    "说图上的内容，不说“图 1”；只作装饰的图用 HTML，写明 `alt` 是空的：",
    "![三个词的注意力权重，上三角为 0](weights.svg)",
)

LINK_TEXT = Rule(
    GROUP,
    "link-text",
    "链接的文字是 “{text:文字}”，没有说去哪里：用目标的名字",
    "读屏软件可以只列出链接，一串“这里”谁也分不清；搜索引擎也靠链接的文字认识目标。",
    "把目标的名字写进方括号：",
    "见 [LoRA 微调](lora.md)。",
)
