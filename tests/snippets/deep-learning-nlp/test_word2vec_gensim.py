"""word2vec_gensim.py 的行为：近邻与类比过线，对照算得对，偏见与反义词确实在。"""

import numpy as np
import pytest
from gensim.models import Word2Vec
from guide.code.runner import Run


@pytest.fixture(scope="module", name="ns")
def namespace(run: Run) -> dict:
    """片段运行后的全局变量。"""
    return run.namespace


def test_skip_gram_on_one_thread(ns: dict) -> None:
    """训练的是 Skip-gram 加负采样，一个线程，少见的词去掉了。"""
    model = ns["model"]
    assert (model.sg, model.hs, model.negative, model.workers) == (1, 0, 5, 1)
    assert min(ns["wv"].get_vecattr(word, "count") for word in ns["wv"].index_to_key) >= 10


def test_related_pairs_score_above_unrelated(ns: dict) -> None:
    """相关的词对几乎都比乱配的分数高；分数是余弦。"""
    assert not set(ns["related"]) & set(ns["shuffled"])
    assert len(ns["good"]) >= 18 and ns["wins"] > 0.95
    assert ns["good"].mean() - ns["bad"].mean() > 0.25
    a, b = (ns["wv"][word] for word in ns["related"][0])
    assert ns["good"][0] == pytest.approx(a @ b / np.linalg.norm(a) / np.linalg.norm(b), abs=1e-5)


def test_neighbours(ns: dict) -> None:
    """“北京”的近邻里有城市，“美元”的近邻里有钱；只在六千个常见的词里找。"""
    cities = {"哈尔滨", "南昌", "大连", "南京", "广州", "天津", "上海", "杭州", "西安", "武汉", "成都"}
    assert len(cities & set(ns["near"]("北京", 10))) >= 3
    assert len({"日元", "铢", "兑换", "汇率", "兑"} & set(ns["near"]("美元"))) >= 2
    assert set(ns["near"]("一月", 20)) <= set(ns["wv"].index_to_key[:6000])


def test_tokyo_is_in_the_top_three(ns: dict) -> None:
    """北京 − 中国 + 日本：前三名里有东京，题目里的词不算。"""
    words = [word for word, _ in ns["answer"]]
    assert "东京" in words[:3]
    assert not {"北京", "中国", "日本"} & set(words)


def test_analogy_is_vector_arithmetic(ns: dict) -> None:
    """不排除题目的版本：自己用长度为 1 的向量加减再排序，名次相同。"""
    wv = ns["wv"]
    unit = np.stack([wv.get_vector(word, norm=True) for word in wv.index_to_key[:6000]])
    index = wv.key_to_index
    for country in ["日本", "法国"]:
        order = np.argsort(-(unit @ (unit[index["北京"]] - unit[index["中国"]] + unit[index[country]])))
        words = [wv.index_to_key[i] for i in order]
        assert ns["with_inputs"](country) == words[:5]
        kept = [word for word in words if word not in ("北京", "中国", country)]
        assert ns["analogy"](country) == kept[:5]
        order = np.argsort(-(unit @ (unit[index["北京"]] + unit[index[country]])))
        added = [wv.index_to_key[i] for i in order if wv.index_to_key[i] not in ("北京", country)]
        assert ns["only_add"](country) == added[:5]


def test_hits_counts_first_and_top_five(ns: dict) -> None:
    """排第一与进前五的数法。"""
    total = len(ns["capitals"])
    truth = dict(ns["capitals"])
    assert ns["hits"](lambda country: [truth[country], "甲", "乙"]) == (total, total)
    assert ns["hits"](lambda country: ["甲", truth[country]]) == (0, total)
    assert ns["hits"](lambda country: ["甲", "乙"]) == (0, 0)


def test_analogy_beats_the_control(ns: dict) -> None:
    """类比进前五的比“只看国家”多，却远没有全对：页面的结论。"""
    _, five = ns["hits"](ns["analogy"])
    _, control = ns["hits"](ns["only_country"])
    assert len(ns["capitals"]) >= 12
    assert control + 3 <= five < len(ns["capitals"])


def test_adding_only_does_no_worse(ns: dict) -> None:
    """只加“北京”不减“中国”，成绩不比类比差：减去“中国”没有功劳。"""
    first, five = ns["hits"](ns["analogy"])
    add_first, add_five = ns["hits"](ns["only_add"])
    assert add_first > first
    assert add_five > five
    found = ns["wv"].most_similar(["北京", "日本"], topn=5, restrict_vocab=6000)
    assert ns["only_add"]("日本") == [word for word, _ in found]


def test_women_are_listed_with_their_nationality(ns: dict) -> None:
    """名单里“女”后面写民族，“男”后面一次也没有。"""
    follows = {"男": 0, "女": 0}
    for row in ns["corpus"]:
        for i, word in enumerate(row[:-1]):
            if word in follows and row[i + 1].endswith("族"):
                follows[word] += 1
    assert follows == {"男": 0, "女": 53}


def test_datelines_explain_the_dates(ns: dict) -> None:
    """电头里城市与日期并排；答错的类比里确实有日期。"""
    assert len(ns["datelines"]) > 500
    assert len(ns["dated"]) > 0.95 * len(ns["datelines"])
    assert sum(any(word.endswith("日") for word in row[:6]) for row in ns["datelines"]) > 400
    answers = [word for country, _ in ns["capitals"] for word in ns["analogy"](country)]
    assert sum(word.endswith("日") for word in answers) >= 5


def test_map_is_pca(ns: dict) -> None:
    """平面是前两个主成分：与特征分解的方差相同，19 个词都画了。"""
    assert ns["flat"].shape == (len(ns["words"]), 2) == (19, 2)
    values = np.linalg.eigvalsh(ns["centered"].T @ ns["centered"])[::-1]
    np.testing.assert_allclose((ns["flat"] ** 2).sum(0), values[:2], rtol=1e-4)
    assert ns["kept"] == pytest.approx(values[:2].sum() / values.sum(), rel=1e-4)


def test_map_keeps_groups_together(ns: dict) -> None:
    """图上同组的词比不同组的近。"""
    labels = np.array([i for i, members in enumerate(ns["GROUPS"].values()) for _ in members.split()])
    far = np.linalg.norm(ns["flat"][:, None] - ns["flat"], axis=-1)
    same = (labels[:, None] == labels) & ~np.eye(19, dtype=bool)
    assert far[same].mean() < 0.6 * far[labels[:, None] != labels].mean()


def test_antonyms_are_neighbours(ns: dict) -> None:
    """四对反义词都在彼此的前三十个近邻里。"""
    for a, b in [("上涨", "下跌"), ("增加", "减少"), ("买", "卖"), ("高", "低")]:
        assert b in [word for word, _ in ns["wv"].most_similar(a, topn=30)], (a, b)


def test_bias_reading(ns: dict) -> None:
    """“女”写得比“男”多十倍，近邻是民族；总统偏“他”，而“爷爷”并不偏“他”。"""
    count = {word: ns["wv"].get_vecattr(word, "count") for word in ["男", "女"]}
    assert count["女"] > 10 * count["男"]
    assert len({"蒙古族", "满族", "维吾尔族", "朝鲜族", "回族"} & set(ns["near"]("女"))) >= 3
    assert ns["lean"]["总统"] < -0.1 < 0.05 < min(ns["lean"]["孩子"], ns["lean"]["爷爷"])


def test_unseen_word_has_no_vector(ns: dict) -> None:
    """1998 年没有微信。"""
    with pytest.raises(KeyError):
        ns["wv"]["微信"]


def test_strings_become_characters(ns: dict) -> None:
    """把句子当成词的列表，词表就成了单个的字；给词的列表才对。"""
    assert set(ns["wrong"].wv.index_to_key) == set("北京 下雪 了")
    right = Word2Vec([["北京", "下雪", "了"]], min_count=1, vector_size=4, seed=1, workers=1)
    assert set(right.wv.index_to_key) == {"北京", "下雪", "了"}


def test_crisis_countries_stand_near_money(ns: dict) -> None:
    """页面读图的话：平面上泰国、韩国离日元、美元比离英国、法国近。"""
    at = dict(zip(ns["words"], ns["flat"], strict=True))
    for country in ["泰国", "韩国"]:
        money = [np.linalg.norm(at[country] - at[word]) for word in ["日元", "美元"]]
        europe = [np.linalg.norm(at[country] - at[word]) for word in ["英国", "法国"]]
        assert max(money) < min(europe), country


def test_scale_of_the_direction_uses_unit_vectors(ns: dict) -> None:
    """尺子的刻度用长度为 1 的向量量，与逐个词量的一致。"""
    index = ns["wv"].key_to_index
    for word, value in ns["lean"].items():
        assert ns["every"][index[word]] == pytest.approx(value, abs=1e-5), word
