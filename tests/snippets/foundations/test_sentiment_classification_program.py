"""成品：说得对明白的句子，拿不准的说拿不准，理由推向同一边。"""

import pytest
from sklearn.feature_extraction.text import CountVectorizer


@pytest.mark.parametrize(
    ("sentence", "verdict"),
    [
        ("酒店位置很好，服务热情，早餐丰富，非常满意", "好评"),
        ("太差了，房间又脏又吵，服务态度恶劣，再也不去", "差评"),
        ("质量很差，刚用两天就坏了，很失望", "差评"),
        ("外观漂亮，性价比高，运行速度也很快", "好评"),
    ],
)
def test_plain_sentences(run, sentence, verdict):
    """态度明白的新句子判得对，概率与判断同一边。"""
    judged, p, reasons = run.namespace["judge"](sentence)
    assert judged == verdict and (p > 0.5) == (verdict == "好评")
    assert 1 <= len(reasons) <= 3 and all(reason in sentence for reason in reasons)


def test_reasons_push_the_same_way(run):
    """理由的权重与判断同号，从大到小。"""
    ns = run.namespace
    names, w = ns["model"][0].vocabulary_, ns["model"][1].coef_[0]
    for sentence in ns["SENTENCES"]:
        _, p, reasons = ns["judge"](sentence)
        assert all((w[names[reason]] > 0) == (p > 0.5) for reason in reasons)


def test_unsure_zone(run):
    """离一半不到 unsure 的都说拿不准；空句子也不出错。"""
    judge = run.namespace["judge"]
    assert judge("房间很干净", unsure=0.51)[0] == "拿不准"
    assert judge("房间很干净", unsure=0)[0] != "拿不准"
    verdict, p, reasons = judge("")
    assert 0 < p < 1 and reasons == [] and verdict in ("好评", "差评", "拿不准")


def test_trained_on_each_review_once(run):
    """成品用去重之后的全部评论训练：词表与在它们上面数出来的相同。"""
    ns = run.namespace
    texts, labels = ns["deduplicate"](ns["read"]("neg.txt"), ns["read"]("pos.txt"))
    assert len(set(map(ns["key"], texts))) == len(texts) == len(labels)
    reference = CountVectorizer(analyzer=ns["pieces"], min_df=2).fit(texts)
    assert ns["model"][0].vocabulary_ == reference.vocabulary_
