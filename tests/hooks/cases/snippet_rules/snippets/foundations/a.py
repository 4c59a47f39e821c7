"""求和。"""

import pickle
import requests
import torch


def f(x):
    return x


# %% 求和
open("/home/me/data.txt")
torch.load("a.pt")
key = "sk-abcdefghijklmnopqrstuvwx"
load("x", trust_remote_code=True)


# %% 计数器
class Counter:
    """数数。"""

    def add(self):
        return 1

    def sub(self):
        """从 <bos> 数起，`<eos>` 不算。"""
        return 0
