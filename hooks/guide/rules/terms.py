"""术语：terms.yml 与页面里的写法。"""

from guide.problem import Rule

GROUP = "术语"

SHAPE = Rule(
    GROUP,
    "terms-shape",
    "术语表应为一个列表，每项有 term、english、definition、stage",
    "读不出一个词，术语表那一页就是空的，页面里的写法也没有人检查。",
    "每个词以 `-` 开头：",
    "- term: 词元\n  english: token\n  avoid: [令牌]\n  definition: 模型读写文字的最小单位，可以是一个字、半个词或一个标点。\n  stage: 2",
)

TAKEN = Rule(
    GROUP,
    "term-taken",
    "术语 “{term:词}” 与第 {first:几} 行重复",
    "一个词有两种解释，读者不知道信哪一个；链接也只会到第一个。",
    "合成一条，把更清楚的那句解释留下。",
)

FORBIDDEN = Rule(
    GROUP,
    "term-forbidden",
    "avoid 里的 “{word:写法}” 是第 {line:几} 行的术语：两处留一处",
    "一处说用它，一处说不用它，页面上怎么写都不对。",
    "两个词真是一回事，就合成一条；不是，就把它从 `avoid` 里去掉。",
)

VARIANT = Rule(
    GROUP,
    "term-variant",
    "“{variant:别的写法}” 在本站写作 “{term:词}”（terms.yml）",
    "同一个东西换了名字，读者会以为是另一个东西。",
    "换成本站的写法。真的要提到别的译法，放进反引号里就不算；觉得术语表选得不好，改 `terms.yml`，全站一起换。",
)
