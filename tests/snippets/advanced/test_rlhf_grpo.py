"""GRPO：组内优势按定义；没有漏洞时学会，有漏洞时作弊，KL 止住它。"""

import pytest
import torch
from guide.code.runner import Run


def test_groups_are_normalized_separately(run: Run) -> None:
    """每组平均 0、标准差 1；全组一样时是 0；平移与放大分数都不改变优势。"""
    advantages = run.namespace["group_advantages"]
    torch.manual_seed(0)
    scores = torch.randn(24)
    found = advantages(scores, 6).reshape(4, 6)
    torch.testing.assert_close(found.mean(1), torch.zeros(4), atol=1e-5, rtol=0)
    torch.testing.assert_close(found.std(1, correction=0), torch.ones(4), atol=1e-3, rtol=0)
    torch.testing.assert_close(advantages(scores * 3 + 7, 6), found.flatten(), atol=1e-3, rtol=0)
    assert (advantages(torch.full((8,), 2.0), 4) == 0).all()
    assert advantages(torch.tensor([1.0, 0.0, 11.0, 10.0]), 2).sign().tolist() == [1, -1, 1, -1]


def test_a_fair_rule_is_learned(run: Run) -> None:
    fair = run.namespace["fair"]
    assert fair[0][0] < 0.45
    assert sum(s for s, _, _ in fair[-4:]) / 4 > 0.6
    assert sum(g for _, g, _ in fair[-4:]) / 4 > 0.75


def test_clipping_keeps_only_the_correcting_gradient(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """让比值全是 1.5：得分高的已经够了，没有梯度；得分低的反而变多，梯度还在。"""
    space = run.namespace
    real, seen, ids_seen = space["log_probs"], [], []

    def shifted(model: torch.nn.Module, ids: torch.Tensor) -> torch.Tensor:
        found = real(model, ids)
        if not torch.is_grad_enabled():  # 采样时的：减去 ln 1.5
            return found if model is space["reference"] else found - 0.4055 * (found != 0)
        found.retain_grad()
        seen.append(found)
        ids_seen.append(ids)
        return found

    monkeypatch.setitem(space["grpo"].__globals__, "log_probs", shifted)
    space["grpo"](space["wanted"], beta=0.0, rounds=1, epochs=1)
    scores = torch.tensor([float(space["wanted"](text)) for text in space["endings"](ids_seen[0])])
    advantage = space["group_advantages"](scores, 8)
    slope = seen[0].grad.abs().sum(1)
    assert (advantage > 0).any() and (slope[advantage > 0] == 0).all()
    assert (slope[advantage < 0] > 0).all()


def test_the_loophole_is_found(run: Run) -> None:
    """分数超过诚实的上限 1，合格率却垮了，离参考很远。"""
    cheating = run.namespace["cheating"]
    assert cheating[0][1] > 0.9
    score = max(s for s, _, _ in cheating[-4:])
    assert score > 1.6
    assert min(g for _, g, _ in cheating[-4:]) < 0.3
    assert max(k for _, _, k in cheating[-4:]) > 8


def test_the_leash_holds(run: Run) -> None:
    late = run.namespace["late"]
    assert late[1] > 0.6 and late[0] < 1.2
    assert run.namespace["cheating"][-1][2] > 2 * late[2]


@pytest.mark.parametrize("text", ["大家都笑了。", "大家都笑了都笑了。", ""])
def test_rules(run: Run, text: str) -> None:
    assert run.namespace["count_laughs"](text) == text.count("笑")
    assert run.namespace["wanted"](text) == (text == "大家都笑了。")
