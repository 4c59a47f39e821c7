"""租卡还是调用接口

你的应用一个月要生成 tokens 个词元。两种办法：

- 调用接口：每百万个词元 api_price 元，用多少付多少；
- 租卡自己部署：一张卡每小时 hour_price 元，满负荷每秒生成 speed 个词元。
  服务要一直开着，所以每张卡一个月 30 天、每天 24 小时都收钱，忙不忙都一样。
  而且请求有早晚，平均只能用到满负荷的 load（例如 0.3）。一张不够就租两张。

`monthly_cost` 返回 (调用接口的钱, 租卡的钱, 要几张卡)。
`break_even` 返回一张卡用到 load 时，与接口一样贵的 api_price：接口比它便宜就不必租。
"""

import math


def monthly_cost(tokens, api_price, hour_price, speed, load):
    """返回 (调用接口的钱, 租卡的钱, 要几张卡)"""
    raise NotImplementedError


def break_even(hour_price, speed, load):
    """返回每百万个词元多少元时，两种办法一样贵"""
    raise NotImplementedError


# 以下是检查，不用改
call, rent, cards = monthly_cost(10_000_000, 2.0, 2.0, 1000, 0.5)
assert abs(call - 20) < 1e-9, f"一千万个词元、每百万 2 元，接口是 20 元，实际是 {call}：价钱是每一百万个的"
assert cards == 1, f"一张卡一个月能生成十几亿个，一张就够，实际算出 {cards} 张"
assert abs(rent - 1440) < 1e-9, f"一张卡开 720 小时、每小时 2 元是 1440 元，实际是 {rent}：不用的时候也收钱"
_, rent, cards = monthly_cost(0, 2.0, 2.0, 1000, 0.5)
assert (rent, cards) == (1440, 1), f"一个词元也没有，服务也要开着一张卡，1440 元；实际是 {rent} 元、{cards} 张"

full = 1000 * 3600 * 720  # 满负荷一个月
_, _, cards = monthly_cost(full // 2, 2.0, 2.0, 1000, 0.5)
assert cards == 1, f"正好等于一张卡用到五成的量，1 张够，实际是 {cards}"
_, rent, cards = monthly_cost(full // 2 + 1, 2.0, 2.0, 1000, 0.5)
assert cards == 2, f"比一张卡用到五成的量多一个词元，要 2 张，实际是 {cards}：load 是 0.5，往上取整"
assert abs(rent - 2880) < 1e-9, f"两张卡是 2880 元，实际是 {rent}"
_, _, cards = monthly_cost(full, 2.0, 2.0, 1000, 0.25)
assert cards == 4, f"满负荷的量、只用到四分之一，要 4 张，实际是 {cards}：load 越小要的卡越多"

price = break_even(2.0, 1000, 0.5)
assert abs(price - 1.1111111) < 1e-6, (
    f"每小时 2 元、每秒 1000 个、用到五成，打平的价钱应是每百万 1.11 元，实际是 {price:.4g}："
    "一小时真正生成的是 1000 × 0.5 × 3600 个"
)
assert abs(break_even(2.0, 1000, 1.0) - 0.5555556) < 1e-6, "用满时打平的价钱应是 0.56 元"
call, rent, cards = monthly_cost(full // 2, break_even(2.0, 1000, 0.5), 2.0, 1000, 0.5)
assert abs(call - rent) < 1e-6, f"按打平的价钱，两边应一样贵，实际是 {call:.2f} 与 {rent:.2f}"
print("全部通过")
