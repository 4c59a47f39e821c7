"""广义优势估计

`advantages`：一条回答有 T 个词元，第 t 个得到奖励 rewards[t]，写它之前的预期是 values[t]。
写完之后没有以后，预期是 0。从后往前算：

δ_t = r_t + γ V_{t+1} − V_t，A_t = δ_t + γ λ A_{t+1}

`token_rewards`：RLHF 里每个词元的奖励是 −β (log π − log π_ref)，整条的分数只加在最后一个词元上。
"""


def advantages(rewards, values, gamma, lam):
    """rewards、values 是一样长的列表，返回优势的列表"""
    raise NotImplementedError


def token_rewards(score, log_p, log_ref, beta):
    """score 是整条的分数，log_p 与 log_ref 是每个词元的对数概率；返回每个词元的奖励"""
    raise NotImplementedError


# 以下是检查，不用改
def close(a, b):
    return len(a) == len(b) and all(abs(x - y) < 1e-9 for x, y in zip(a, b))


got = advantages([1.0], [0.3], 1.0, 0.95)
assert close(got, [0.7]), f"只有一个词元：1 − 0.3 = 0.7，实际是 {got}：写完之后的预期是 0"
got = advantages([0.0, 0.0, 1.0], [0.5, 0.6, 0.8], 1.0, 0.95)
assert close(got, [0.4705, 0.39, 0.2]), (
    f"课上的例子应是 0.4705、0.39、0.2，实际是 {[round(x, 4) for x in got]}：从最后一个词元往前算"
)
rewards, values = [0.1, -0.2, 0.3, 1.0], [0.4, 0.1, 0.7, 0.2]
got = advantages(rewards, values, 1.0, 0.0)
assert close(got, [-0.2, 0.4, -0.2, 0.8]), (
    f"λ = 0 时每步只看下一步的预期，应是 −0.2、0.4、−0.2、0.8，实际是 {[round(x, 4) for x in got]}"
)
got = advantages(rewards, values, 1.0, 1.0)
assert close(got, [0.8, 1.0, 0.6, 0.8]), (
    f"λ = 1 且 γ = 1 时，优势等于从这里往后的奖励之和减去预期，应是 0.8、1、0.6、0.8，实际是 {[round(x, 4) for x in got]}"
)
got = advantages([0.0, 1.0], [0.0, 0.0], 0.9, 1.0)
assert close(got, [0.9, 1.0]), f"γ = 0.9 时一步之后的 1 只值 0.9，应是 0.9、1，实际是 {got}"
got = advantages([0.0, 0.0], [0.0, 1.0], 0.5, 0.0)
assert close(got, [0.5, -1.0]), f"γ 也要乘在下一步的预期上：应是 0.5、−1，实际是 {got}"
got = advantages([0.0, 0.0, 1.0], [0.0, 0.0, 0.0], 0.5, 0.5)
assert close(got, [0.0625, 0.25, 1.0]), f"优势往前传一步要乘 γλ，不只是 λ：应是 0.0625、0.25、1，实际是 {got}"
keep = [0.5, 0.6]
advantages([0.0, 1.0], keep, 1.0, 0.95)
assert keep == [0.5, 0.6], "不要改动传进来的列表"

got = token_rewards(2.0, [-1.0, -0.5, -2.0], [-1.5, -0.5, -1.0], 0.1)
assert close(got, [-0.05, 0.0, 2.1]), (
    f"应是 −0.05、0、2.1，实际是 {[round(x, 4) for x in got]}："
    "比参考更爱写的词元要扣，更不爱写的会加；分数只加在最后一个"
)
got = token_rewards(-1.0, [-1.0], [-1.0], 0.5)
assert close(got, [-1.0]), f"与参考一样时只剩分数 −1，实际是 {got}"
got = token_rewards(1.0, [-1.0, -1.0], [-3.0, -3.0], 0.0)
assert close(got, [0.0, 1.0]), f"β = 0 时不扣，应是 0、1，实际是 {got}"
print("全部通过")
