"""亲手反向传播：手算的数、autograd、数值差商三方一致；学得会 XOR；与 PyTorch 走同一条路。"""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from rerun import rerun


@pytest.fixture(scope="module", name="ns")
def namespace(run):
    """片段运行后的全局变量。"""
    return run.namespace


@pytest.fixture(name="problem")
def batch_of_random_samples(ns):
    """形状各不相同的一批样本：少了转置、求和沿错了轴都会露馅。"""
    rng = np.random.default_rng(5)
    params = ns["initialize"](4, 7, 3, seed=9)
    params["b1"] += rng.normal(size=7)
    params["b2"] += rng.normal(size=3)
    return params, rng.normal(size=(6, 4)), np.array([0, 2, 1, 1, 0, 2])


def autograd(params, x, y):
    """同样的网络与损失交给 PyTorch，返回损失与梯度。"""
    p = {name: torch.tensor(value, requires_grad=True) for name, value in params.items()}
    logits = torch.relu(torch.tensor(x) @ p["W1"] + p["b1"]) @ p["W2"] + p["b2"]
    loss = F.cross_entropy(logits, torch.tensor(y))
    loss.backward()
    return loss.item(), {name: value.grad.numpy() for name, value in p.items()}


def test_numbers_worked_by_hand(ns):
    """页面与图上用笔算的每一个数。"""
    names = ["z1", "z2", "h1", "h2", "out", "e"]
    assert [ns["nodes"]["L"][2], *(ns[name] for name in names)] == [1, 1, -1, 1, 0, 3, -1]
    by_hand = {"d_out": -2, "d_v1": -2, "d_v2": 0, "d_c": -2, "d_h1": -6, "d_h2": -4, "d_z1": -6, "d_z2": 0}
    by_hand |= {"d_w1": -12, "d_b1": -6, "d_w2": 0, "d_b2": 0, "d_x": -6}
    assert {name: ns[name] for name in by_hand} == by_hand


def test_hand_gradients_equal_autograd(ns):
    """手算的八个梯度等于 autograd 的；门开了以后的一行也是页面上说的。"""
    loss, grads = ns["tiny"]()
    assert loss == 1
    assert grads == {name: ns[f"d_{name}"] for name in grads}
    assert ns["tiny"](b2=3)[1] == {"w1": 12, "b1": 6, "w2": 8, "b2": 4, "v1": 2, "v2": 2, "c": 2, "x": 2}


def test_graph_shows_the_computed_numbers(ns):
    """图上的值与梯度就是算出来的那些，没有另写一份。"""
    for name, (*_, value, gradient) in {**ns["nodes"], **ns["labels"]}.items():
        if name == "L":
            assert (value, gradient) == (1, 1)
        else:
            assert gradient == ns[f"d_{name}"], name
    assert ns["labels"]["w1"][2] == ns["w1"] == 1


def test_step_down_the_gradient_and_not_up(ns, run):
    """小步顺着走变小，反着走变大，步子太大冲过头。"""
    losses = [float(line.split()[-1]) for line in run.text("照着梯度走一步").splitlines()]
    assert losses[0] < 0.01 < 1 < losses[1] < losses[2]


def test_softmax_equals_pytorch(ns):
    """与 PyTorch 的 softmax 相同，上千的分数也不溢出。"""
    scores = np.random.default_rng(0).normal(size=(3, 5)) * 4
    np.testing.assert_allclose(ns["softmax"](scores), torch.tensor(scores).softmax(dim=-1).numpy())
    np.testing.assert_allclose(ns["softmax"](scores + 1000), ns["softmax"](scores))
    far = scores + np.array([[0], [1000], [-1000]])
    np.testing.assert_allclose(ns["softmax"](far), ns["softmax"](scores), err_msg="每一行各减自己的最大值")


def test_initial_weights_have_he_scale(ns):
    """权重的标准差是 √(2/输入个数)，偏置是 0，种子相同则相同。"""
    params = ns["initialize"](200, 300, 100)
    assert params["W1"].std() == pytest.approx((2 / 200) ** 0.5, rel=0.03)
    assert params["W2"].std() == pytest.approx((2 / 300) ** 0.5, rel=0.03)
    assert not params["b1"].any() and not params["b2"].any()
    np.testing.assert_array_equal(params["W1"], ns["initialize"](200, 300, 100)["W1"])
    assert not np.array_equal(params["W1"], ns["initialize"](200, 300, 100, seed=1)["W1"])


def test_loss_equals_pytorch(ns, problem):
    """平均交叉熵等于 F.cross_entropy。"""
    assert ns["cross_entropy"](*problem) == pytest.approx(autograd(*problem)[0], abs=1e-12)


def test_backward_equals_autograd(ns, problem):
    """四个梯度与 autograd 逐个相差不到 1e-6（其实小得多），形状与参数相同。"""
    params, x, y = problem
    mine, (_, theirs) = ns["backward"](params, x, y), autograd(params, x, y)
    assert mine.keys() == params.keys()
    for name, g in mine.items():
        assert g.shape == params[name].shape
        np.testing.assert_allclose(g, theirs[name], atol=1e-12)


def test_backward_equals_numerical_gradient(ns, problem):
    """数值差商也同意；而且它不改动参数。"""
    params, x, y = problem
    before = {name: value.copy() for name, value in params.items()}
    for name, g in ns["backward"](params, x, y).items():
        np.testing.assert_allclose(ns["nudge"](params, x, y, name), g, atol=1e-6)
    for name in params:
        np.testing.assert_array_equal(params[name], before[name])


def test_page_prints_only_agreement(run):
    """页面上的三处对账全是 True。"""
    for cell, lines in [("与 autograd 比较", 4), ("轻轻推一下", 4)]:
        text = run.text(cell).splitlines()
        assert len(text) == lines and all(line.endswith("True") for line in text)
    assert run.text("同一个网络，交给 PyTorch").splitlines()[-1].endswith("True")
    assert run.text("亲手写 Adam").splitlines()[-1].endswith("True")


def test_learns_xor(ns):
    """500 步之后四个点全对，损失很小；训练原地更新。"""
    net = ns["initialize"](2, 8, 2)
    start = net["W1"].copy()
    losses = ns["train"](net, ns["corners"], ns["xor"], steps=500)
    assert losses.shape == (500,) and losses[0] > 0.3 and losses[-1] < 0.01
    assert not np.array_equal(net["W1"], start)
    np.testing.assert_array_equal(ns["forward"](net, ns["corners"])[-1].argmax(axis=-1), ns["xor"])
    np.testing.assert_allclose(losses[0], ns["cross_entropy"](ns["initialize"](2, 8, 2), ns["corners"], ns["xor"]))


def test_boundary_is_a_band(ns):
    """页面说学到的是从左下到右上的一条带子：中点 (0.5, 0.5) 与两个方块同色。"""
    final = ns["snapshots"][-1]
    yes = ns["forward"](final, np.array([[0.5, 0.5], [0.0, 1.0], [1.0, 0.0]]))[-1][:, 1]
    assert yes[0] < 0.5 < min(yes[1:])


def test_more_hidden_units_learn_more_often(run):
    """隐藏单元越多，学会的种子越多。"""
    shares = [int(line.split("约 ")[1].split("%")[0]) for line in run.text("隐藏单元几个才够").splitlines()]
    assert shares == sorted(shares)
    assert shares[0] <= 40 and shares[-1] >= 90


def test_equal_start_stays_equal(ns, run):
    """起点相同的单元一直相同，损失停在 ln 2。"""
    text = run.text("全从同一个数开始")
    assert text.count("损失 0.69") == 2
    assert np.ptp(ns["net"]["W1"], axis=1).max() < 1e-12, "八个单元应当一直相同"
    assert abs(ns["net"]["W1"]).max() > 0.01, "第二次的起点不是 0，单元会动，只是一起动"


def test_pytorch_model_is_the_same_network(ns, problem):
    """copy_of 得到的网络，输出与梯度（转置后）都相同。"""
    params, x, y = problem
    model = ns["copy_of"](params)
    logits = model(torch.tensor(x))
    np.testing.assert_allclose(logits.softmax(dim=-1).detach().numpy(), ns["forward"](params, x)[-1])
    F.cross_entropy(logits, torch.tensor(y)).backward()
    mine = ns["backward"](params, x, y)
    for layer, w, b in [(model.first, "W1", "b1"), (model.second, "W2", "b2")]:
        np.testing.assert_allclose(layer.weight.grad.numpy().T, mine[w], atol=1e-12)
        np.testing.assert_allclose(layer.bias.grad.numpy(), mine[b], atol=1e-12)


def test_adam_equals_pytorch(ns):
    """手写的 Adam 与 torch.optim.Adam 每一步都相同，换了超参数也是。"""
    rng = np.random.default_rng(2)
    start, grads = rng.normal(size=5), rng.normal(size=(30, 5)) * [1e-4, 1, 10, 0, -3]
    for options in [{"lr": 0.1}, {"lr": 0.01, "beta1": 0.5, "beta2": 0.9, "eps": 1e-3}]:
        params = {"w": start.copy()}
        mine = ns["Adam"](params, **options)
        leaf = torch.tensor(start.copy(), requires_grad=True)
        betas = (options.get("beta1", 0.9), options.get("beta2", 0.999))
        theirs = torch.optim.Adam([leaf], lr=options["lr"], betas=betas, eps=options.get("eps", 1e-8))
        for g in grads:
            mine.step({"w": g})
            leaf.grad = torch.tensor(g)
            theirs.step()
            np.testing.assert_allclose(params["w"], leaf.detach().numpy(), atol=1e-10)


def test_first_adam_step_has_the_size_of_the_learning_rate(ns):
    """第一步挪的距离等于学习率，与梯度大小无关；梯度是 0 就不动。"""
    params = {"w": np.zeros(3)}
    ns["Adam"](params, lr=0.01).step({"w": np.array([1e-3, -50.0, 0.0])})
    np.testing.assert_allclose(params["w"], [-0.01, 0.01, 0], rtol=1e-4)


def test_both_paths_reach_x(ns, run, monkeypatch):
    """门开了，x 的梯度要把两条路加起来：页面上的 2。"""
    for name, value in {"z2": 1.0, "h2": 1.0, "e": 1.0}.items():
        monkeypatch.setitem(ns, name, value)
    after, lines = rerun(run, "往回算一遍")
    assert after["d_x"] == 6 * 1 + 4 * -1 == 2
    assert lines[-1] == "d_x 2"


def test_matrix_formulas_are_the_six_steps(ns):
    """页面拿一个样本对的那一遍：四个矩阵就是手算的数。"""
    h, d_s = np.array([[1.0, 0]]), np.array([[-2.0]])
    w2, x = np.array([[3.0], [2]]), np.array([[2.0]])
    d_z = d_s @ w2.T * np.array([[True, False]])
    assert (h.T @ d_s).ravel().tolist() == [ns["d_v1"], ns["d_v2"]]
    assert (d_s @ w2.T).ravel().tolist() == [ns["d_h1"], ns["d_h2"]]
    assert (x.T @ d_z).ravel().tolist() == [ns["d_w1"], ns["d_w2"]] == [-12, 0]


@pytest.mark.parametrize("cell", ["与 autograd 比较", "轻轻推一下"])
def test_without_the_gate_the_comparison_says_so(ns, run, monkeypatch, cell):
    """页面请读者删掉 * (z > 0)：W1、b1 变成 False，W2、b2 不变，两处对账都看得出。"""
    right = ns["backward"]

    def no_gate(params, x, y):
        grads = right(params, x, y)
        *_, p = ns["forward"](params, x)
        d_z = (p - np.eye(p.shape[1])[y]) / len(y) @ params["W2"].T
        return grads | {"W1": x.T @ d_z, "b1": d_z.sum(axis=0)}

    monkeypatch.setitem(ns, "backward", no_gate)
    titles = ["与 autograd 比较", cell] if cell == "轻轻推一下" else [cell]
    _, lines = rerun(run, *titles)
    answers = {line[:2]: line.endswith("True") for line in lines}
    assert answers == {"W2": True, "b2": True, "W1": False, "b1": False}
    net = ns["initialize"](2, 8, 2)
    losses = ns["train"](net, ns["corners"], ns["xor"], steps=500)
    assert losses[-1] > 0.5, "页面说没有门，XOR 学不会"


def test_picture_of_the_last_boundary(ns):
    """涂橙色的是答“是”的概率：中点是蓝色。"""
    yes = ns["yes"]
    assert ns["side"][30] == pytest.approx(0.5)
    assert yes[30, 30] < 0.5
    assert yes[ns["side"].searchsorted(1), ns["side"].searchsorted(0)] > 0.5


def test_most_failures_have_a_dead_unit(ns):
    """页面说两个单元学不会时，约七成是有一个单元对四个样本都关着。"""
    dead = []
    for seed in range(50):
        net = ns["initialize"](2, 2, 2, seed)
        ns["train"](net, ns["corners"], ns["xor"], steps=500)
        z, _, p = ns["forward"](net, ns["corners"])
        if (p.argmax(axis=-1) != ns["xor"]).any():
            dead.append((z <= 0).all(axis=0).any())
    assert 0.6 < np.mean(dead) < 0.85
