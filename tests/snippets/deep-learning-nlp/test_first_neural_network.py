"""first_neural_network.py 的行为：学得会、数得对、坏得像，卷积比全连接经得起平移。"""

import math

import pytest
import torch
import torch.nn.functional as F
from guide.runner import Run
from torch import nn


@pytest.fixture(scope="module", name="ns")
def namespace(run: Run) -> dict:
    """片段运行后的全局变量。"""
    return run.namespace


def test_perceptron_learns_and_but_never_xor(ns: dict) -> None:
    """AND 学得会，权重真的分得开；XOR 到最后一轮还在错。"""
    w, b, errors = ns["train_perceptron"](ns["CORNERS"], ns["AND"], epochs=20)
    assert errors[-1] == 0
    assert ((ns["CORNERS"] @ w + b > 0).int() == ns["AND"]).all()
    *_, xor_errors = ns["train_perceptron"](ns["CORNERS"], ns["XOR"], epochs=200)
    assert min(xor_errors) > 0, "没有一条直线分得开 XOR"


def test_two_layers_compute_xor(ns: dict) -> None:
    """手写权重的两层网络等于 XOR。"""
    assert torch.equal(ns["xor_by_hand"](ns["CORNERS"]), ns["XOR"].float())


def test_parts_do_not_overlap(ns: dict) -> None:
    """训练、验证、测试三份合起来是全部，两两不相交。"""
    train, val, test = (set(ns[name]) for name in ("train", "val", "test"))
    assert len(train) + len(val) + len(test) == len(train | val | test) == len(ns["labels"]) == 1797


def test_forward_is_two_matrix_products(ns: dict) -> None:
    """评估模式下，SimpleNN 等于两次矩阵乘法夹一个 ReLU，输出是 logits。"""
    model, x = ns["SimpleNN"]().eval(), ns["images"][:5]
    first, second = model.hidden, model.out
    expected = (x @ first.weight.T + first.bias).clamp(min=0) @ second.weight.T + second.bias
    torch.testing.assert_close(model(x), expected)
    assert not torch.allclose(model(x).sum(dim=-1), torch.ones(5)), "forward 不该做 softmax"


def test_parameter_count(ns: dict, run: Run) -> None:
    """手算的参数个数等于数出来的，也是页面上说的 9,610。"""
    assert ns["by_hand"] == ns["counted"] == 9610
    assert sum(p.numel() for p in ns["SimpleNN"](784, 128, 10).parameters()) == 784 * 128 + 128 + 1290
    assert "9610" in run.text("数一数参数")


def test_untrained_loss_is_a_guess(ns: dict) -> None:
    """没训练的网络，损失接近 ln 10。"""
    torch.manual_seed(1)
    loss, accuracy = ns["evaluate"](ns["SimpleNN"](), ns["images"], ns["labels"])
    assert abs(loss - math.log(10)) < 0.1
    assert accuracy < 0.3


def test_held_out_accuracy(ns: dict) -> None:
    """留出的测试集上至少 96%。"""
    loss, accuracy = ns["evaluate"](ns["model"], ns["images"][ns["test"]], ns["labels"][ns["test"]])
    assert accuracy >= 0.96
    assert loss < 0.2


def test_training_loss_falls_and_gap_opens(ns: dict) -> None:
    """训练损失降到很低；末尾验证损失高于训练损失，也高于它自己的最低点。"""
    history = ns["history"]
    assert history.shape == (30, 3)
    assert history[-1, 0] < 0.05 < history[0, 0]
    assert history[-1, 1] > 2 * history[-1, 0], "页面说两条线分开了"
    assert history[-1, 1] > history[:, 1].min(), "页面说第 20 轮左右就可以停"


def test_dropout_only_in_training(ns: dict, run: Run) -> None:
    """训练模式下同一张图两次结果不同，评估模式下相同。"""
    lines = run.text("训练模式与评估模式").splitlines()
    assert lines[0].startswith("训练模式") and lines[0].endswith("False")
    assert lines[1].startswith("评估模式") and lines[1].endswith("True")
    model, x = ns["SimpleNN"](dropout=0.5), ns["images"][:1]
    ns["evaluate"](model, x, ns["labels"][:1])
    assert not model.training, "evaluate 要切到评估模式"


def test_saved_weights_come_back(ns: dict) -> None:
    """存下再读回的模型，logits 完全一样。"""
    assert ns["gap"] == 0
    assert ns["copy"] is not ns["model"]


def test_mistakes_look_like_the_page_says(ns: dict) -> None:
    """四种错都比正常差，而且各有各的样子。"""
    normal, curves = ns["history"][9, 1], ns["curves"]
    losses = {name: curve[:, 1] for name, curve in curves.items()}
    assert len(losses) == 4
    assert all(loss[-1] > 2 * normal for loss in losses.values())
    forgot, large, small, softmax = losses.values()
    assert forgot.argmax() > 0, "忘了清梯度：损失先升"
    assert large.min() > 2.2 and small.min() > 2.2, "学习率不对：停在 ln 10 附近"
    assert large.std() > small.std(), "太大的在抖，太小的几乎不动"
    assert softmax.min() >= ns["floor"], "softmax 之后的下限"
    assert curves["多做一次 softmax"][-1, 2] > 0.9, "损失高，准确率却不低，所以隐蔽"


def test_softmax_floor(ns: dict) -> None:
    """下限就是对完美的概率再做一次 softmax 的交叉熵。"""
    perfect = F.one_hot(torch.tensor([3]), 10).float()
    assert ns["floor"] == pytest.approx(F.cross_entropy(perfect, torch.tensor([3])).item(), abs=1e-6)


def test_shift_right(ns: dict) -> None:
    """右移一格：左边一列补 0，其余往右挪。"""
    moved = ns["shift_right"](ns["images"][:3]).reshape(3, 8, 8)
    assert (moved[:, :, 0] == 0).all()
    assert torch.equal(moved[:, :, 1:], ns["images"][:3].reshape(3, 8, 8)[:, :, :-1])


def test_convolution_by_hand(ns: dict) -> None:
    """滑动窗口相乘再相加，等于官方的卷积。"""
    assert torch.equal(ns["sliding"], torch.tensor([[3.0, 3, 0], [3, 3, 0]]))
    assert torch.equal(ns["sliding"], ns["official"])


def test_cnn_survives_a_shift_and_mlp_does_not(ns: dict) -> None:
    """挪一格，全连接掉到六成以下，卷积还在九成以上。"""
    x, y = ns["shift_right"](ns["images"][ns["test"]]), ns["labels"][ns["test"]]
    assert ns["evaluate"](ns["model"], x, y)[1] < 0.6
    assert ns["evaluate"](ns["cnn"], x, y)[1] > 0.9


def test_cnn_parameter_count(ns: dict) -> None:
    """卷积的参数只看核的大小与通道数：320 + 18,496 + 650。"""
    assert sum(p.numel() for p in ns["cnn"].parameters()) == 320 + 18496 + 650
    assert isinstance(ns["cnn"].conv1, nn.Conv2d)
