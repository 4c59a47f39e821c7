"""每种错都要真的出错，而且样子与页面说的一样。"""

import math
import re

import pytest
import torch
import torch.nn.functional as F
from rerun import rerun
from sklearn.model_selection import train_test_split


@pytest.fixture(scope="module", name="ns")
def namespace(run):
    """片段运行后的全局变量。"""
    return run.namespace


def numbers(text):
    """一段输出里的小数，按出现的次序。"""
    return [float(x) for x in re.findall(r"\d+\.\d+", text)]


def test_gradients_add_up(run):
    """反向两次、三次，梯度的长度是两倍、三倍；清零后是 None。"""
    text = run.text("梯度会累加")
    one, two, three = numbers(text)
    assert two == pytest.approx(2 * one, abs=2e-3) and three == pytest.approx(3 * one, abs=2e-3)
    assert text.splitlines()[-1].endswith("None")


def test_two_softmaxes_shrink_the_gradient(run):
    """起步时正好是十分之一；错得越有把握，一次的越大，两次的越小。"""
    once, twice = numbers(run.text("两次 softmax，梯度变小"))[::2], numbers(run.text("两次 softmax，梯度变小"))[1::2]
    assert once == sorted(once) and twice == sorted(twice, reverse=True)
    assert twice[0] == pytest.approx(once[0] / 10, abs=1e-3)
    assert once[-1] > 1.4 and twice[-1] < 1e-3


def test_gradient_sizes_equal_the_formula(run):
    """一次 softmax 的梯度是 p − y，长度由公式算得出来。"""
    for sure, size in zip([0, 5, 10], numbers(run.text("两次 softmax，梯度变小"))[::2], strict=True):
        scores = torch.zeros(10)
        scores[3] = sure
        expected = (scores.softmax(dim=-1) - F.one_hot(torch.tensor(7), 10)).norm().item()
        assert size == pytest.approx(expected, abs=1e-3)


def test_learning_rates_behave_as_told(ns):
    """太小不动，太大停在瞎猜，中间的学得会，0.1 比 0.01 差而且抖。"""
    ends = {lr: curve[-50:].mean().item() for lr, curve in ns["curves"].items()}
    assert len(ends) == 6
    assert abs(ends["0.00001"] - math.log(10)) < 0.1 and abs(ends["1"] - math.log(10)) < 0.3
    assert ends["0.01"] < 0.15 and ends["0.001"] < 0.5
    assert ends["0.1"] > 2 * ends["0.01"]
    steps = {len(curve) for curve in ns["curves"].values()}
    assert steps == {272}, "页面说 34 批乘 8 轮，272 步"
    assert ns["curves"]["0.1"][-100:].std() > ns["curves"]["0.01"][-100:].std()


def test_initial_weights_lie_within_an_eighth(ns):
    """页面说第一层的起点在正负 0.125 之间。"""
    weight = ns["make_model"]()[0].weight
    assert 0.12 < weight.abs().max().item() <= 0.125


def test_adam_and_sgd_need_different_rates(run):
    """同样 0.001，SGD 几乎没动，Adam 学会了；SGD 用 0.1 才相当。"""
    slow, fast, adam = (numbers(line)[-1] for line in run.text("Adam 与 SGD").splitlines())
    assert slow < 0.5 < 0.9 < min(fast, adam)


def test_forgetting_eval_is_noisy(run):
    """评估模式两次相同；训练模式有高有低，最低的明显差。"""
    (first, second), (low, high) = map(numbers, run.text("忘了切到评估模式").splitlines())
    assert first == second >= 0.94
    assert low < high and low < first - 0.015


def test_accuracy_does_not_touch_the_mode(ns):
    """量准确率不改模式，值就是判对的比例。"""
    for training in [True, False]:
        model = ns["make_model"](dropout=0.0).train(training)
        x, y = ns["images"][:50], ns["labels"][:50]
        expected = (model(x).argmax(dim=-1) == y).float().mean().item()
        assert ns["accuracy"](model, x, y) == pytest.approx(expected)
        assert model.training is training


def test_seeds(ns, run):
    """同一个种子逐步相同；不同的种子分数有高有低。"""
    assert run.text("同一个种子与不同的种子").splitlines()[0].endswith("True")
    assert torch.equal(ns["first"], ns["again"])
    assert len(ns["scores"]) == 6 and 0 < max(ns["scores"]) - min(ns["scores"]) < 0.1
    assert len(set(ns["scores"])) > 2, "六次各用一个种子"
    different, _ = ns["train_once"](1e-2, epochs=1, seed=3)
    assert not torch.equal(different, ns["first"][: len(different)])


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("图没有拉平", "256x8 and 64x128"),
        ("标签成了小数", "Long"),
        ("反向两次", "second time"),
        ("层放在普通的列表里", "empty parameter list"),
    ],
)
def test_messages(run, cell, words):
    """报错里有页面读给读者的那几个字。"""
    assert words in run.text(cell)


def test_module_list_registers(ns):
    """页面给的改法：换成 ModuleList 就登记上了，算的仍是同一件事。"""
    broken = ns["Unregistered"]()
    assert list(broken.parameters()) == []
    broken.layers = torch.nn.ModuleList(broken.layers)
    assert sum(p.numel() for p in broken.parameters()) == 9610


def test_one_batch_is_learnt_by_heart(run, ns):
    """一批 32 张，真的与乱写的答案都背得下来；乱写的确实乱。"""
    text = run.text("先背下一批")
    assert max(numbers(text)) < 0.05 and len(numbers(text)) == 2
    assert (ns["answers"] == ns["right"]).float().mean() < 0.5
    assert rerun(run, "先背下一批")[0]["model"][2].p == 0, "页面说关掉 Dropout"


def test_test_set_is_never_looked_at(ns):
    """挑学习率用验证集：训练、验证两份合起来是 1,437 张，不含正课留出的 360 张。"""
    rest, test = train_test_split(range(1797), test_size=360, stratify=ns["labels"], random_state=0)
    train, val = set(ns["train"]), set(ns["val"])
    assert (len(train), len(val)) == (1077, 360)
    assert train | val == set(rest) and not (train | val) & set(test)


def test_a_huge_rate_closes_every_gate(run):
    """学习率 1 之后没有一个隐藏单元还开着；0.001 时几乎全开着。"""
    shares = [numbers(line)[-1] for line in run.text("学习率从小到大").splitlines()]
    assert len(shares) == 6
    assert shares[-1] == 0 < shares[4] < 0.5 < min(shares[:4])
