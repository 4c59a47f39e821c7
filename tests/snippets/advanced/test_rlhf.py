"""RLHF 的行为：每个公式与手算相等，奖励涨、KL 有界，去掉 KL 就会作弊。"""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F


@pytest.mark.parametrize(
    ("words", "wanted", "rated"),
    [
        ("茶 ： 清香 ， 回甘 ， 解渴 。", 3, 3),
        ("茶 ： 清香 ， 清香 。", 0, 2),
        ("茶 ： 真的 真的 清香 。", 0, 3),
        ("茶 ： 筋道 。", -1, 1),
        ("茶 ： 清香", 0, 1),
        ("画 ： 失望 ， 偏贵 。", -2, -2),
    ],
)
def test_two_rulers(run, words, wanted, rated):
    """规则按说好的给分：标注者看不出重复与文不对题。"""
    ids = run.namespace["to_ids"](words)
    assert run.namespace["true_score"](ids) == wanted
    assert run.namespace["rater_score"](ids) == rated


def test_samples_are_well_formed(run):
    """句号之后全是 PAD，PAD 之前没有 PAD，提示词原样保留。"""
    ns = run.namespace
    topics = ns["random_topics"](64)
    ids = ns["sample"](ns["base"], topics)
    assert ids.shape == (64, ns["LENGTH"]) and (ids[:, 0] == topics).all()
    for row in ids.tolist():
        end = row.index(ns["END"]) + 1 if ns["END"] in row else len(row)
        assert ns["PAD"] not in row[:end] and set(row[end:]) <= {ns["PAD"]}


def test_log_probs_equal_cross_entropy(run):
    """与 PyTorch 的交叉熵逐元素相等，PAD 处为 0。"""
    ns = run.namespace
    ids = ns["chosen"][:16]
    logits = ns["base"](ids)[:, 1:-1]
    expected = -F.cross_entropy(logits.transpose(1, 2), ids[:, 2:], ignore_index=ns["PAD"], reduction="none")
    torch.testing.assert_close(ns["log_probs"](ns["base"], ids), expected, atol=1e-5, rtol=1e-5)


def test_reward_model_ignores_padding(run):
    """分数来自最后一个真实词元：补多少 PAD 都一样，而每条序列只有一个分。"""
    ns = run.namespace
    short = torch.tensor([ns["to_ids"]("书 ： 有趣 。"), ns["to_ids"]("书 ： 失望 。")])
    scores = ns["reward_model"](short)
    assert scores.shape == (2,) and scores[0] > scores[1]
    torch.testing.assert_close(scores, ns["reward_model"](short[:, :4]), atol=1e-5, rtol=1e-5)
    naive = ns["reward_model"].head(ns["reward_model"].trunk(short)[:, -1])[:, 0]
    assert (naive - scores).abs().max() > 0.1, "取最后一列与取最后一个真实词元应当不同"


def test_preference_loss_is_bradley_terry(run):
    """等于 −log(e^a / (e^a + e^b))。"""
    better, worse = torch.tensor([3.0, -1.0, 0.2]), torch.tensor([1.0, 2.0, 0.2])
    expected = -(better.exp() / (better.exp() + worse.exp())).log().mean()
    torch.testing.assert_close(run.namespace["preference_loss"](better, worse), expected)


def test_reward_model_agrees_with_the_rater(run):
    """没见过的偏好对判对九成以上。"""
    assert run.namespace["accuracy"] >= 0.9


def test_advantages_equal_the_definition(run):
    """与 A_t = Σ (γλ)^l δ_{t+l} 的逐项求和相等；PAD 处的数不起作用。"""
    g = torch.Generator().manual_seed(5)
    rewards, values = torch.randn(6, 7, generator=g), torch.randn(6, 7, generator=g)
    lengths = [7, 1, 4, 6, 2, 5]
    mask = torch.tensor([[1.0] * n + [0.0] * (7 - n) for n in lengths])
    rewards = rewards * mask
    gamma, lam = 0.9, 0.8
    advantage, returns = run.namespace["advantages"](rewards, values, mask, gamma, lam)
    for row, n in enumerate(lengths):
        r, v = rewards[row].tolist(), [*values[row, :n].tolist(), 0.0]
        delta = [r[t] + gamma * v[t + 1] - v[t] for t in range(n)]
        for t in range(n):
            expected = sum((gamma * lam) ** (k - t) * delta[k] for k in range(t, n))
            assert advantage[row, t].item() == pytest.approx(expected, abs=1e-5)
            assert returns[row, t].item() == pytest.approx(expected + v[t], abs=1e-5)
        assert (advantage[row, n:] == 0).all() and (returns[row, n:] == 0).all()


def test_lambda_one_gives_plain_returns(run):
    """γ = λ = 1 时，回报就是后面奖励之和，与价值无关。"""
    rewards = torch.tensor([[1.0, -2.0, 0.5]])
    _, returns = run.namespace["advantages"](rewards, torch.randn(1, 3), torch.ones(1, 3), 1.0, 1.0)
    torch.testing.assert_close(returns, torch.tensor([[-0.5, -1.5, 0.5]]))


def test_clipping_stops_the_gradient_only_when_it_should(run):
    """好的已经加够、坏的已经减够才没有梯度；走错方向的永远有梯度。"""
    cases = {(1.5, 1.0): 0, (0.5, 1.0): 1, (1.0, 1.0): 1, (1.5, -1.0): -1, (0.5, -1.0): 0}
    for (r, a), slope in cases.items():
        ratio = torch.tensor(r, requires_grad=True)
        run.namespace["clipped_objective"](ratio, torch.tensor(a)).backward()
        assert ratio.grad.item() == slope, (r, a)


def test_nobody_shares_weights(run):
    """参考模型、奖励模型、两个策略各有各的参数，参考模型冻结。"""
    ns = run.namespace
    models = [ns["base"], ns["reward_model"], *(policy for policy, _ in ns["runs"].values()), ns["student"]]
    pointers = [{p.data_ptr() for p in model.parameters()} for model in models]
    assert sum(map(len, pointers)) == len(set().union(*pointers))
    assert not any(p.requires_grad for p in ns["base"].parameters())


def test_kl_is_zero_at_the_start(run):
    """第一批样本来自参考模型自己，KL 应为 0。"""
    for _, history in run.namespace["runs"].values():
        assert history[0]["KL"] == pytest.approx(0, abs=1e-4)


def last(history, name):
    """最后五次迭代的平均。"""
    return np.mean([stats[name] for stats in history[-5:]])


def test_ppo_with_kl_improves_and_stays_near(run):
    """奖励与真正想要的分都明显上涨，KL 有界。"""
    ns = run.namespace
    _, history = ns["runs"][ns["BETA"]]
    assert last(history, "奖励模型") >= history[0]["奖励模型"] + 0.7
    assert last(history, "想要") >= history[0]["想要"] + 0.7
    assert 0.2 <= last(history, "KL") <= 3


def test_without_kl_the_reward_is_hacked(run):
    """去掉 KL：奖励模型更满意，真正想要的反而更差，而且离参考模型很远。"""
    ns = run.namespace
    _, kept = ns["runs"][ns["BETA"]]
    _, free = ns["runs"][0.0]
    assert last(free, "奖励模型") > last(kept, "奖励模型") + 0.1
    assert last(free, "想要") <= last(kept, "想要") - 1
    assert last(free, "KL") >= 3 * last(kept, "KL")


@pytest.fixture(scope="module")
def spied(run):
    """跑六次迭代的 PPO，记下每次算优势、算裁剪时用的张量，以及价值网络。"""
    ns = run.namespace
    scope = ns["ppo"].__globals__
    calls = {"advantages": [], "clipped_objective": [], "rollout": [], "Critic": [], "masked_mean": []}

    def spy(name, original):
        def wrapped(*args, **kwargs):
            result = original(*args, **kwargs)
            calls[name].append((args, result))
            return result

        return wrapped

    with pytest.MonkeyPatch.context() as patch:
        for name in calls:
            patch.setitem(scope, name, spy(name, scope[name]))
        torch.manual_seed(7)
        ns["ppo"](0.5, iterations=6, epochs=2)
    return calls


def test_rewards_are_the_kl_penalty_plus_the_score_at_the_end(run, spied):
    """每个词元 −β(log π − log π_ref)；奖励模型的分只加在最后一个真实词元上。"""
    ns = run.namespace
    for (_, result), ((rewards, _, mask), _) in zip(spied["rollout"], spied["advantages"], strict=True):
        ids, used_mask, old, advantage, _, stats = result
        torch.testing.assert_close(used_mask, (ids[:, 2:] != ns["PAD"]).float())
        torch.testing.assert_close(mask, used_mask)
        with torch.no_grad():
            log_ratio = old - ns["log_probs"](ns["base"], ids)
            expected = -0.5 * log_ratio
            for row, score in enumerate(ns["reward"](ids)):
                expected[row, int(mask[row].sum()) - 1] += score
        torch.testing.assert_close(rewards, expected, atol=1e-4, rtol=1e-4)
        assert stats["KL"] == pytest.approx(log_ratio.sum(1).mean().item(), abs=1e-4)
        real = advantage[mask.bool()]
        assert real.mean().abs() < 1e-4 and abs(real.std(correction=0) - 1) < 1e-3, "优势只在真实词元上标准化"
    assert (log_ratio.abs().sum(1) > 0).any(), "六次迭代后策略竟然没有动"


def test_ratio_compares_with_the_policy_that_sampled(spied):
    """每次迭代的第一遍，新旧策略相同，比值全是 1；第二遍就不是了。"""
    ratios = [args[0] for args, _ in spied["clipped_objective"]]
    assert len(ratios) == 12, "每次迭代的两遍都要用裁剪的目标"
    for first, second in zip(ratios[::2], ratios[1::2], strict=True):
        torch.testing.assert_close(first, torch.ones_like(first), atol=1e-4, rtol=0)
        assert (second - 1).abs().max() > 1e-3


def test_critic_learns_returns_and_shares_nothing(run, spied):
    """价值网络的主干是自己的；训练之后它的预计离回报更近。"""
    ns = run.namespace
    ((_, critic),) = spied["Critic"]
    own = {p.data_ptr() for p in critic.parameters()}
    for model in (ns["reward_model"], ns["base"]):
        assert not own & {p.data_ptr() for p in model.parameters()}, "价值网络与别的模型共用参数"
    assert not any(p.requires_grad for p in ns["reward_model"].parameters())
    # 每次迭代：标准化优势用两次，再是两遍的（目标，价值的误差）
    first_misses = [args[0] for args, _ in spied["masked_mean"]][3::6]
    for miss, ((_, values, _), (_, returns)) in zip(first_misses, spied["advantages"], strict=True):
        torch.testing.assert_close(miss, (values - returns) ** 2, atol=1e-4, rtol=1e-4)
    misses = [
        ((values - returns) ** 2)[mask.bool()].mean().item() for (_, values, mask), (_, returns) in spied["advantages"]
    ]
    assert misses[-1] < 0.6 * misses[0], misses


def test_value_is_judged_before_the_token_is_written(run):
    """第 t 个价值只看第 t 个评语词元之前的文字：改掉它，价值不变，后面的才变。"""
    ns = run.namespace
    torch.manual_seed(0)
    critic = ns["Critic"](ns["base"].trunk)
    ids = ns["chosen"][:1]
    changed = ids.clone()
    changed[0, 2] = ns["END"] if ids[0, 2] != ns["END"] else ns["REALLY"]
    with torch.no_grad():
        before, after = critic(ids)[0], critic(changed)[0]
    assert len(before) == ns["LENGTH"] - 2
    assert before[0].item() == pytest.approx(after[0].item(), abs=1e-6)
    assert (before[1] - after[1]).abs() > 1e-4


def test_dpo_loss_equals_its_formula(run):
    """与逐条手算的 −log σ 相等；策略等于参考时恰好是 ln 2。"""
    ns = run.namespace
    better, worse = ns["chosen"][:8], ns["rejected"][:8]
    with torch.no_grad():
        assert ns["dpo_loss"](ns["base"], better, worse).item() == pytest.approx(math.log(2), abs=1e-6)
        sums = {
            (name, side): ns["log_probs"](model, ids).sum(1)
            for name, model in [("π", ns["student"]), ("ref", ns["base"])]
            for side, ids in [("好", better), ("差", worse)]
        }
        x = 0.3 * ((sums["π", "好"] - sums["ref", "好"]) - (sums["π", "差"] - sums["ref", "差"]))
        expected = (1 + (-x).exp()).log().mean()
        torch.testing.assert_close(ns["dpo_loss"](ns["student"], better, worse), expected, atol=1e-5, rtol=1e-5)


def test_dpo_learns_the_preferences(run):
    """在没见过的偏好对上损失明显低于 ln 2，写出的短评也更好。"""
    ns = run.namespace
    start = ns["runs"][ns["BETA"]][1][0]["想要"]
    assert ns["test_loss"] < 0.5
    assert ns["wants"] >= start + 0.4


def test_group_advantages_are_relative(run):
    """均值 0、标准差 1；一样好的一组全是 0，不是 nan。"""
    group = run.namespace["group_advantages"]
    relative = group(torch.tensor([3.0, 1.0, -1.0, 1.0]))
    torch.testing.assert_close(relative, torch.tensor([2**0.5, 0.0, -(2**0.5), 0.0]), atol=1e-5, rtol=0)
    assert (group(torch.full((4,), 2.5)) == 0).all()
