"""奖励模型的头：错误真的发生，改好后真的对。"""

import torch


def test_causal_lm_output_has_no_hidden_state(run):
    """照原样写会得到 AttributeError。"""
    assert "no attribute 'last_hidden_state'" in run.text("取错了输出")


def test_one_score_per_token_is_the_wrong_shape(run):
    """(B, T) 不是 (B,)。"""
    ns = run.namespace
    assert ns["per_token"].shape == (2, 5)
    assert ns["scores"].shape == (2,)


def test_sharing_the_trunk_moves_the_policy(run):
    """共用主干时策略被带着走；各有主干时一动不动。"""
    assert run.namespace["moved"] > 1e-3
    assert run.namespace["same"]
    policy = {p.data_ptr() for p in run.namespace["policy"].parameters()}
    own = {p.data_ptr() for p in run.namespace["reward_model"].parameters()}
    assert not policy & own, "奖励模型与策略共用了参数"


def test_score_is_taken_at_the_last_real_token(run):
    """与逐条去掉 PAD 再算的分数相同；换掉最后一个真实词元，分数就变。"""
    ns = run.namespace
    model, pad = ns["reward_model"], ns["PAD"]
    ids = torch.tensor([[4, 9, 3, pad, pad, pad], [7, 7, 1, 2, 8, pad], [6, 5, 4, 3, 2, 1]])
    mask = (ids != pad).long()
    with torch.no_grad():
        together = model(ids, mask)
        alone = [model(row[None, :n], m[None, :n]) for row, m, n in zip(ids, mask, mask.sum(1), strict=True)]
        changed = ids.clone()
        changed[0, 2] = 30
        moved = model(changed, mask)
    torch.testing.assert_close(together, torch.cat(alone), atol=1e-6, rtol=1e-5)
    assert (moved[0] - together[0]).abs() > 1e-4
    torch.testing.assert_close(moved[1:], together[1:], atol=1e-6, rtol=0)


def test_equals_the_ready_made_class(run):
    """与 LlamaForSequenceClassification 同样的权重、同样的分数。"""
    torch.testing.assert_close(run.namespace["ours"], run.namespace["theirs"], atol=1e-6, rtol=0)


def test_one_step_widens_the_gap(run):
    """训练一步之后，更好的那条领先得更多。"""
    ns = run.namespace
    before, after = (scores[0] - scores[1] for scores in (ns["scores"], ns["ours"]))
    assert after > before + 1e-3
