"""公式与图：构建时画出来的两样东西。"""

from guide.problem import Rule

GROUP = "公式与图"

FORMULA = Rule(
    GROUP,
    "formula",
    "公式 “{tex:公式}” 读不懂：{reason:原因}",
    "公式在构建时画好；画不出来，读者看到的是一串反斜杠。",
    "多半是花括号没有成对，或命令拼错了。`\\sqrt`、`\\frac` 后面总写花括号。",
    "$\\frac{QK^\\top}{\\sqrt{d_k}}$",
)

DIAGRAM = Rule(
    GROUP,
    "diagram",
    "Mermaid 图画不出来：{reason:原因}",
    "图在构建时画成 SVG；画不出来，读者看到的是几行箭头。",
    "多半是箭头少了一头，或标签里有括号、引号而没有用双引号包起来。拿不准就先删到画得出来，再一行一行加回去。",
    '```mermaid\nflowchart TB\n  accTitle: 从文字到词元\n  accDescr: 一句话经过分词器，变成一串编号。\n  A[文字] --> B["分词器（tokenizer）"] --> C[词元]\n```',
)

DIAGRAM_TITLE = Rule(
    GROUP,
    "diagram-title",
    "Mermaid 图没有 accTitle：一句话说出画的是什么，用读屏软件的人靠它知道这里有一张图",
    "图是一堆方框与线，读屏软件念不出它的意思；搜索引擎也看不懂。",
    "在图的第一行之后加上 `accTitle`（图的名字），最好再加 `accDescr`（图说了什么）：",
    "```mermaid\nflowchart TB\n  accTitle: 从文字到词元\n  accDescr: 一句话经过分词器，变成一串编号。\n  A[文字] --> B[分词器] --> C[词元]\n```",
)
