"""三个画图库：画的是同一张表，尖刺真的在，网页里真的带着数据。"""

import base64
import json

import numpy as np
import pytest
from guide.code.runner import Run
from matplotlib import pyplot
from matplotlib.colors import to_hex


def test_same_reviews_as_the_other_snippets(run: Run) -> None:
    table = run.namespace["table"]
    assert table["类别"].value_counts().to_dict() == {"差评": 9031, "好评": 8332}
    assert table["正文"].is_unique and (table["字数"] == table["正文"].str.len()).all()


def test_histogram_shares_add_up(run: Run) -> None:
    """每一类的格子加起来是 100%，一条也没有落在格子外面。"""
    ns = run.namespace
    for kind in ("好评", "差评"):
        lengths = ns["table"].loc[ns["table"]["类别"] == kind, "字数"]
        counts, _ = np.histogram(lengths, ns["edges"])
        assert counts.sum() == len(lengths)
        heights, _ = np.histogram(lengths, ns["edges"], weights=np.full(len(lengths), 100 / len(lengths)))
        assert heights.sum() == pytest.approx(100)
    assert ns["share"].sum() == pytest.approx(100)


def test_the_words_on_the_picture_have_the_colour_of_their_line(run: Run) -> None:
    """写着“好评”的字与带尖刺的线同色：最高的一根是 16%，在 140 到 210 字之间。"""
    source = next(run.snippet.text(c.start, c.end) for c in run.snippet.cells if c.title == "Matplotlib：说清一件事")
    space = dict(run.namespace) | {"plt": pyplot}
    exec(source.replace("plt.show()", ""), space)
    ax = space["ax"]
    lines = {to_hex(patch.get_edgecolor()): patch.get_xy() for patch in ax.patches}
    words = {text.get_text()[:2]: to_hex(text.get_color()) for text in ax.texts}
    spike, bad = lines[words["好评"]], lines[words["差评"]]
    x, height = spike[spike[:, 1].argmax()]
    pyplot.close(space["fig"])

    assert 138 < x < 209 and round(height) == 16
    assert bad[:, 1].max() == pytest.approx(11.9, abs=0.1)


def test_spike_explains_the_gap(run: Run) -> None:
    """好评在 140 到 191 字之间是差评的五倍，过了 191 断崖；去掉以后平均只差两个多字。"""
    ns = run.namespace
    table, exact = ns["table"], ns["exact"]
    assert min(exact[n] for n in range(188, 192)) > 2.5 * max(exact[n] for n in range(192, 196))
    share = {kind: part.between(140, 191).mean() for kind, part in table.groupby("类别")["字数"]}
    assert share["好评"] > 5 * share["差评"]
    whole = table.groupby("类别")["字数"].mean()
    rest = table[~table["字数"].between(140, 191)].groupby("类别")["字数"].mean()
    assert whole["好评"] - whole["差评"] > 20
    assert 0 < rest["好评"] - rest["差评"] < 3
    printed = run.text("把尖刺拆开看").splitlines()
    marked = table["正文"].str.contains("不")
    for line, part in [(printed[2], table), (printed[3], table[~table["字数"].between(140, 191)])]:
        means = part.groupby("类别")["字数"].mean().round(1).to_dict()
        shares = marked[part.index].groupby(part["类别"]).mean().round(3).to_dict()
        assert line.endswith(f"平均 {means} ，含“不” {shares}")
    assert shares["差评"] > shares["好评"]  # 去掉尖刺，不分段也是差评更常含“不”


def test_seaborn_bars_are_the_group_means(run: Run) -> None:
    """画出来的十根条就是十组的比例，每一段里差评都在好评上面。"""
    table, ax = run.namespace["table"], run.namespace["ax"]
    means = table.groupby(["类别", "长短"], observed=True)["含不"].mean()
    good, bad = (np.array([bar.get_height() for bar in bars]) for bars in ax.containers)
    np.testing.assert_allclose(good, means["好评"])
    np.testing.assert_allclose(bad, means["差评"])
    assert (bad > good).all()


def test_plotly_figure_holds_every_number(run: Run) -> None:
    """图里是取了对数的字数，一个不少；JSON 里也有，谁打开网页都能拿到。"""
    ns = run.namespace
    assert [(trace.name, len(trace.x)) for trace in ns["figure"].data] == [("好评", 8332), ("差评", 9031)]
    assert {trace.histnorm for trace in ns["figure"].data} == {"percent"}  # 两类条数不同，要比的是比例
    good = ns["table"].loc[ns["table"]["类别"] == "好评", "字数"]
    stored = json.loads(ns["figure"].to_json())["data"][0]["x"]
    numbers = np.frombuffer(base64.b64decode(stored["bdata"]), dtype=stored["dtype"])
    np.testing.assert_allclose(10**numbers, good)


def test_only_the_whole_page_works_offline(run: Run) -> None:
    whole, linked = run.namespace["whole"], run.namespace["linked"]
    assert ' src="https:' not in whole and ' src="https:' in linked
    assert len(whole) > 5 * len(linked)
    assert run.text("存成网页").splitlines()[-1].endswith("[False, True]")
