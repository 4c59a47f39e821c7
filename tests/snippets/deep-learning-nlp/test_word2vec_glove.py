"""word2vec_glove.py 的行为：共现表等于朴素数法，损失等于公式，训练后凑得上。"""

import math

import pytest
import torch
from guide.code.runner import Run


@pytest.fixture(scope="module", name="ns")
def namespace(run: Run) -> dict:
    """片段运行后的全局变量。"""
    return run.namespace


@pytest.mark.parametrize("window", [1, 2, 5])
def test_cooccurrence_equals_the_naive_count(ns: dict, window: int) -> None:
    """相距 n 记 1/n，不跨段，词表外的词占位置。"""
    sentences = [["甲", "乙", "丙", "甲", "丁"], ["乙", "丙"], ["丁"], ["甲", "甲", "乙"]]
    index = {"甲": 0, "乙": 1, "丁": 2}
    naive = torch.zeros(3, 3)
    for words in sentences:
        for i, a in enumerate(words):
            for j, b in enumerate(words):
                if i != j and abs(i - j) <= window and a in index and b in index:
                    naive[index[a], index[b]] += 1 / abs(i - j)
    torch.testing.assert_close(ns["cooccurrence"](sentences, index, window), naive)


def test_table_is_symmetric(ns: dict) -> None:
    """共现表对称，不为负。"""
    torch.testing.assert_close(ns["table"], ns["table"].T)
    assert (ns["table"] >= 0).all()


def test_shares_are_probabilities(ns: dict) -> None:
    """每行的机会和为 1；页面上的比值方向对。"""
    torch.testing.assert_close(ns["share"].sum(dim=1), torch.ones(len(ns["vocab"])))
    ratio = {
        w: (ns["first"][i] / ns["second"][i]).item() for w, i in ns["index"].items() if w in ("集团", "对", "收入")
    }
    assert ratio["集团"] > 10 and 0.8 < ratio["对"] < 1.25 and ratio["收入"] < 0.1


def test_loss_equals_the_formula(ns: dict) -> None:
    """与论文的式 8 逐格相加相同；次数为 0 的格子不算，大的封顶。"""
    torch.manual_seed(0)
    w, c, a, b = torch.randn(3, 2), torch.randn(3, 2), torch.randn(3), torch.randn(3)
    table = torch.tensor([[0.0, 1.0, 50.0], [1.0, 0.0, 5.0], [50.0, 5.0, 0.0]])
    total, cells = 0.0, 0
    for i in range(3):
        for j in range(3):
            x = table[i, j].item()
            if x > 0:
                weight = min(1, x / 20) ** 0.75
                total += weight * ((w[i] @ c[j] + a[i] + b[j]).item() - math.log(x)) ** 2
                cells += 1
    assert ns["glove_loss"](w, c, a, b, table).item() == pytest.approx(total / cells, rel=1e-4)


def test_training_fits_the_counts(ns: dict, run: Run) -> None:
    """损失降到一开始的三成以下；点积加偏置与次数的对数相关。"""
    first = float(run.text("训练").splitlines()[0].split("损失")[1])
    assert ns["loss"].item() < 0.3 * first
    w, c, a, b = (p.detach() for p in ns["parameters"])
    seen = ns["table"] >= 5
    fit = (w @ c.T + a[:, None] + b)[seen]
    assert torch.corrcoef(torch.stack([fit, ns["table"][seen].log()]))[0, 1] > 0.75


def test_neighbours_make_sense(ns: dict) -> None:
    """春节的近邻里有别的节日用语，不含自己。"""
    similar = ns["vectors"] @ ns["vectors"][ns["index"]["春节"]]
    near = [ns["vocab"][i] for i in similar.topk(11).indices.tolist()]
    assert near[0] == "春节"
    assert {"元旦", "新年", "节日"} & set(near[1:])


def test_vectors_are_the_sum_of_both_tables(ns: dict) -> None:
    """用来找近邻的是两份向量之和，缩成长度 1；只用一份时，“增加”的近邻才轮到“减少”排第一。"""
    w, c = ns["w"].detach(), ns["c"].detach()
    torch.testing.assert_close(ns["vectors"], torch.nn.functional.normalize(w + c, dim=1))
    i, first = ns["index"]["增加"], {}
    for name, table in [("和", w + c), ("一份", w)]:
        rows = torch.nn.functional.normalize(table, dim=1)
        first[name] = ns["vocab"][(rows @ rows[i]).topk(2).indices[1]]
    assert first == {"和": "收入", "一份": "减少"}
