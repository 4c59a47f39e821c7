"""DPO 的损失

`dpo_loss`：输入是整条回答的对数概率，四个列表一样长：策略给好的、策略给差的、参考给好的、
参考给差的。增量是 log π − log π_ref，损失是 −log σ(β(好的增量 − 差的增量)) 的平均。
增量差到几千也不许溢出。

`implied_reward`：训练好的策略心里的奖励，β (log π − log π_ref)，每条一个。
"""

import math


def dpo_loss(policy_better, policy_worse, ref_better, ref_worse, beta):
    """四个列表，返回一个数"""
    raise NotImplementedError


def implied_reward(policy, ref, beta):
    """两个列表，返回一个列表"""
    raise NotImplementedError


# 以下是检查，不用改
same = dpo_loss([-8.0, -3.0], [-6.0, -9.0], [-8.0, -3.0], [-6.0, -9.0], 0.5)
assert abs(same - math.log(2)) < 1e-12, (
    f"策略就是参考时损失应是 ln 2 ≈ 0.693，实际是 {same:.4f}：要减去参考模型的对数概率"
)
got = dpo_loss([-7.0], [-6.5], [-8.0], [-6.0], 0.5)
assert abs(got - math.log(1 + math.exp(-0.75))) < 1e-12, (
    f"好的增量 +1、差的 −0.5、β = 0.5：应是 0.3869，实际是 {got:.4f}：β 乘在两个增量之差上，好的在前"
)
got = dpo_loss([-6.5], [-7.0], [-6.0], [-8.0], 0.5)
assert abs(got - math.log(1 + math.exp(0.75))) < 1e-12, f"反过来应是 1.1369，实际是 {got:.4f}"
got = dpo_loss([-7.0, -6.5], [-6.5, -7.0], [-8.0, -6.0], [-6.0, -8.0], 0.5)
assert abs(got - (math.log(1 + math.exp(-0.75)) + math.log(1 + math.exp(0.75))) / 2) < 1e-12, (
    f"两对的损失取平均应是 0.7619，实际是 {got:.4f}：先逐对算损失再平均，不是先平均增量"
)
longer = dpo_loss([-70.0], [-6.5], [-71.0], [-6.0], 0.5)
assert abs(longer - math.log(1 + math.exp(-0.75))) < 1e-12, (
    f"好的回答长得多，只要增量一样，损失就一样，应是 0.3869，实际是 {longer:.4f}：不要除以长度，也不要比原始的概率"
)
try:
    huge = dpo_loss([-9000.0], [0.0], [0.0], [-9000.0], 0.5)
    tiny = dpo_loss([0.0], [-9000.0], [-9000.0], [0.0], 0.5)
except OverflowError as error:
    raise AssertionError(
        "增量差到几千时溢出了：log(1 + e^x) 在 x 很大时直接写成 x + log(1 + e^−x)"
    ) from error
except ValueError as error:
    raise AssertionError(
        "增量差到几千时，对数里是 0：sigmoid 已经下溢成 0，再取对数就出错；不要先算 sigmoid，直接算 log(1 + e^x)"
    ) from error
assert abs(huge - 9000) < 1e-6, f"差得极远的一对，损失应约 9000，实际是 {huge}"
assert 0 <= tiny < 1e-12, f"好得极多的一对，损失应约 0，实际是 {tiny}"

got = implied_reward([-7.0, -6.5], [-8.0, -6.0], 0.5)
assert len(got) == 2 and abs(got[0] - 0.5) < 1e-12 and abs(got[1] + 0.25) < 1e-12, (
    f"奖励应是 0.5 与 −0.25，实际是 {got}：β 乘增量"
)
margin = got[0] - got[1]
assert abs(dpo_loss([-7.0], [-6.5], [-8.0], [-6.0], 0.5) - math.log(1 + math.exp(-margin))) < 1e-12, (
    "DPO 的损失就是用这个奖励算的 Bradley–Terry 损失，两者应相等"
)
print("全部通过")
