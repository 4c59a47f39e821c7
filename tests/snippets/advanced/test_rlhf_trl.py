"""trl：损失与手写的相同，三个训练器都真的学了。"""

import math

import pytest
import torch
import torch.nn.functional as F
from guide.code.runner import Run


def test_dpo_loss_equals_ours_before_and_after(run: Run) -> None:
    space = run.namespace
    assert "0.6931，ln 2 = 0.6931" in run.text("DPO")
    with torch.no_grad():
        ids, mask = space["batch"]["input_ids"], space["batch"]["completion_mask"]
        gains = space["log_prob"](space["policy"], ids, mask) - space["log_prob"](space["reference"], ids, mask)
    better, worse = gains.chunk(2)
    assert -F.logsigmoid(0.5 * (better - worse)).mean().item() == pytest.approx(space["ours"], abs=1e-6)
    assert "True" in run.text("与手写的比较")


def test_completion_mask_is_the_answer(run: Run) -> None:
    """掩码盖住的正是回答加 <eos>；前一半是更好的，后一半是更差的。"""
    space = run.namespace
    ids, mask = space["batch"]["input_ids"], space["batch"]["completion_mask"].bool()
    answers = [space["tokenizer"].decode(row[m]) for row, m in zip(ids, mask, strict=True)]
    half = len(answers) // 2
    assert all(a == "大家都笑了。<eos>" for a in answers[:half])
    assert all(a != "大家都笑了。<eos>" and a.endswith("<eos>") for a in answers[half:])


def test_trainers_learn(run: Run) -> None:
    assert run.namespace["average"] < math.log(2) * 0.6
    log = run.namespace["log"]
    assert len(log) == 8
    assert sum(log[-3:]) > sum(log[:3])


def test_ppo_trainer_is_gone(run: Run) -> None:
    assert "PPOTrainer     没有" in run.text("没有 PPO")
