"""first_neural_network.py 的行为：学得会、数得对、坏得像，卷积比全连接经得起平移。"""

import math
from types import SimpleNamespace

import pytest
import torch
import torch.nn.functional as F
from guide.code.runner import Run
from rerun import rerun
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


def test_and_by_hand(ns: dict) -> None:
    """页面的表：前两轮各错 1 次与 3 次，之后权重是 2、1，偏置是 0。"""
    w, b, errors = ns["train_perceptron"](ns["CORNERS"], ns["AND"], epochs=2)
    assert (w.tolist(), b.item(), errors) == ([2, 1], 0, [1, 3])


def test_xor_perceptron_goes_in_circles(ns: dict) -> None:
    """页面说每一轮结束，权重都回到同一组数。"""
    ends = [ns["train_perceptron"](ns["CORNERS"], ns["XOR"], epochs=n)[:2] for n in (4, 5, 10, 1000)]
    assert len({(tuple(w.tolist()), b.item()) for w, b in ends}) == 1


def test_perceptron_picture_marks_the_wrong_corners(ns: dict, run: Run) -> None:
    """打叉的两个点就是感知机判错的；两层网络一个不错。"""
    w, b, _ = ns["train_perceptron"](ns["CORNERS"], ns["XOR"])
    wrong = [i for i in range(4) if int(ns["CORNERS"][i] @ w + b > 0) != ns["XOR"][i]]
    assert wrong == [0, 2], "页面的 alt 说是 (0,0) 与 (1,0)"
    band = torch.tensor([[0.5, 0.5], [0.2, 0.2], [0.9, 0.9]])
    assert (ns["xor_by_hand"](band) > 0.5).tolist() == [True, False, False]


def test_hidden_layer_makes_xor_separable(ns: dict) -> None:
    """隐藏层把 (0,1) 与 (1,0) 搬到同一点，搬过之后感知机学得会。"""
    hidden = ns["hidden"]
    assert torch.equal(hidden, torch.tensor([[0.0, 0], [1, 0], [1, 0], [2, 1]]))
    torch.testing.assert_close(hidden @ torch.tensor([1.0, -2]), ns["xor_by_hand"](ns["CORNERS"]))
    *_, errors = ns["train_perceptron"](hidden, ns["XOR"], epochs=50)
    assert errors[-1] == 0


def test_two_linear_layers_are_one(ns: dict) -> None:
    """没有 ReLU 的两层等于合成的一层，且它不是常数。"""
    torch.testing.assert_close(ns["stacked"], ns["single"])
    assert ns["stacked"].std() > 0.01


def test_the_two_lines_of_stacking_can_disagree(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """层里弯一下，两行就不同：第二行真的是用合成的权重算的。"""

    class Bent(nn.Linear):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return super().forward(x).relu()

    monkeypatch.setitem(run.namespace, "nn", SimpleNamespace(Linear=Bent))
    _, (first, second) = rerun(run, "没有 ReLU，两层还是一层")
    assert first.split("：")[1] != second.split("：")[1]


def test_cross_entropy_is_softmax_then_log(ns: dict, run: Run) -> None:
    """手算与 CrossEntropyLoss 印出同一个数，就是 ln(1 + e⁻¹ + e⁻²)。"""
    first, second = (line.split()[-1] for line in run.text("交叉熵里面有什么").splitlines()[1:])
    assert first == second == f"{math.log(1 + math.exp(-1) + math.exp(-2)):.3f}"


def test_pictures_show_what_the_model_says(ns: dict, run: Run) -> None:
    """八张图的答案都对；印出的错误张数与准确率一致。"""
    eight = ns["test"][:8]
    with torch.no_grad():
        assert ns["model"](ns["images"][eight]).argmax(dim=-1).tolist() == ns["labels"][eight].tolist()
    assert run.text("八张图与它的答案").strip().endswith(str(ns["labels"][eight].tolist()))
    assert len(ns["wrong"]) == round((1 - ns["test_accuracy"]) * 360)


def test_fit_learns_and_zero_grad_matters(ns: dict) -> None:
    """fit 在训练集外也学得会；fit 用的损失就是 CrossEntropyLoss。"""
    assert isinstance(ns["loss_fn"], nn.CrossEntropyLoss)
    torch.manual_seed(3)
    history = ns["fit"](ns["SimpleNN"](), epochs=3)
    assert history.shape == (3, 3) and history[-1, 0] < history[0, 0] < 2


def test_loader_covers_everything_once(ns: dict, run: Run) -> None:
    """一轮正好把训练集看一遍，最后一批是余数，每轮次序不同。"""
    assert sum(ns["sizes"]) == len(ns["train"]) == 1077
    assert ns["sizes"][:-1] == [32] * 33 and ns["sizes"][-1] == 1077 % 32
    first, second = run.text("DataLoader 交出什么").splitlines()[-2:]
    assert first.split("：")[1] != second.split("：")[1]


def test_parameters_are_counted_and_not_copied(ns: dict, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """网络变小，数出来的跟着变小。"""
    whole = ns["SimpleNN"]
    monkeypatch.setitem(ns, "SimpleNN", lambda: whole(n_hidden=8))
    assert rerun(run, "数一数参数")[1][-1].endswith(f"数出来 {64 * 8 + 8 + 8 * 10 + 10}")


class Watched(nn.Module):
    """记下每次前向的模式、要不要梯度，以及看到的图。"""

    def __init__(self) -> None:
        super().__init__()
        self.layer, self.seen = nn.Linear(64, 10), []

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.seen.append((self.training, torch.is_grad_enabled(), x))
        return self.layer(x)


def test_fit_trains_in_training_mode_on_shuffled_batches(ns: dict) -> None:
    """训练时打开 Dropout，每轮把训练集看一遍而次序不同；评估时关掉，也不记计算图。"""
    model = Watched()
    history = ns["fit"](model, epochs=2)
    batches = [x for training, _, x in model.seen if training]
    assert len(batches) == 2 * 34
    first, second = torch.cat(batches[:34]), torch.cat(batches[34:])
    assert not torch.equal(first, second), "每轮都要重新打乱"
    whole = ns["images"][ns["train"]]
    assert not torch.equal(first, whole)
    torch.testing.assert_close(first.sum(dim=0), whole.sum(dim=0))
    checks = [(grad, x) for training, grad, x in model.seen if not training]
    assert [len(x) for _, x in checks] == [1077, 360] * 2, "每轮在训练集与验证集上各量一次"
    assert not any(grad for grad, _ in checks), "评估时不记计算图"
    assert torch.equal(checks[1][1], ns["images"][ns["val"]])
    val_loss = F.cross_entropy(model.layer(checks[3][1]), ns["labels"][ns["val"]]).item()
    assert history[-1, 1].item() == pytest.approx(val_loss, abs=1e-5)


def test_modes_are_shown_on_a_validation_picture(ns: dict) -> None:
    """测试集只用一次：看 Dropout 用的是验证集的图。"""
    assert torch.equal(ns["one"], ns["images"][ns["val"][:1]])


def test_standard_error(ns: dict) -> None:
    """标准误是 √(p(1−p)/n)，由 360 个 0 与 1 的标准差也算得出来。"""
    right = torch.ones(360)
    right[: len(ns["wrong"])] = 0
    assert ns["noise"] == pytest.approx(right.std(correction=0).item() / 360**0.5, abs=1e-6)


def test_most_confident_mistakes_come_first(ns: dict) -> None:
    """画的六张是认错里最自信的，从高到低；页面说四张认成 1。"""
    shown = ns["confidence"][ns["worst"]]
    assert shown.tolist() == ns["confidence"][ns["wrong"]].sort(descending=True)[0][:6].tolist()
    assert (ns["guesses"][ns["worst"]] == 1).sum() == 4


def test_saving_follows_the_width(ns: dict, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """页面请读者把隐藏单元改成 8 个：存盘那一格也要照样跑得完。"""
    monkeypatch.setitem(ns, "model", ns["SimpleNN"](n_hidden=8).eval())
    assert rerun(run, "存下来再读回来")[1][-1].endswith("0.0")


def test_eight_hidden_units_underfit(ns: dict) -> None:
    """页面的答案：8 个隐藏单元，训练损失降不到 0.3，两条线几乎重合。"""
    torch.manual_seed(0)
    train_loss, val_loss, _ = ns["fit"](ns["SimpleNN"](n_hidden=8))[-1].tolist()
    assert 0.3 < train_loss < 0.5 and abs(val_loss - train_loss) < 0.08
