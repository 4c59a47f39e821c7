"""广播与视图：看得见的形状

数组是一条内存加上怎样走的说明：形状与步幅。视图换一种走法，不搬数；
广播让步幅等于 0，也不搬数。每种情形画成图，再与逐个元素的循环比一遍
在 snippets/ 文件夹里运行：python foundations/python_ecosystem_arrays.py

来源：NumPy 用户指南的 Broadcasting、Copies and views 两章，
ndarray.strides 的文档；PyTorch 文档的 Tensor Views 一页
"""

# %% 一条内存，几种走法
import numpy as np

a = np.arange(12).reshape(3, 4)  # 3 行 4 列，每个数 8 字节
views = {"a": a, "a[1]": a[1], "a[:, 1]": a[:, 1]}
views |= {"a.T": a.T, "a[::2, ::-1]": a[::2, ::-1]}
for name, view in views.items():
    print(f"{name:<13} 形状 {view.shape!s:<7} 步幅 {view.strides}")

# %% 画走法的帮手
import matplotlib.pyplot as plt
from matplotlib.patches import Rectangle


def draw_cell(ax, x, y, text, face, ink="#24292f", style="-", width=1.0):
    """以 (x, y) 为左上角画一个格子，中间写字"""
    box = {"facecolor": face, "edgecolor": "#8a929e", "linestyle": style}
    ax.add_patch(Rectangle((x, y), width, 1, linewidth=1, **box))
    middle = {"ha": "center", "va": "center", "fontsize": 14}
    ax.text(x + width / 2, y + 0.53, text, color=ink, **middle)


def draw_walk(ax, y, name, array, base):
    """画一行内存；array 走到的格子涂色，走的先后写在格子下方"""
    where = {int(number): step for step, number in enumerate(array.ravel(), start=1)}
    for number in base.ravel():
        chosen = int(number) in where
        face, ink = ("#2f5fb3", "white") if chosen else ("#f3f5f8", "#5a6472")
        draw_cell(ax, number, y, str(number), face, ink)
        if chosen:
            ax.text(number + 0.5, y + 1.33, where[int(number)], **LABEL)
    ax.text(0, y - 0.32, name, ha="left", va="center", fontsize=14)


LABEL = {"ha": "center", "va": "center", "fontsize": 12, "color": "#d1603d"}

# %% 同一条内存上的视图
fig, ax = plt.subplots(figsize=(6.2, 4.4))
shown = ["a[1]", "a[:, 1]", "a.T", "a[::2, ::-1]"]
for i, name in enumerate(shown):
    draw_walk(ax, 2.6 * i, name, views[name], a)
ax.set(xlim=(-0.1, 12.1), ylim=(9.4, -0.8))  # 上下颠倒，从上往下画
ax.axis("off")
plt.show()

# %% 改视图就是改原来的
lengths = np.array([59, 10, 116, 88])
head = lengths[:2]  # 切片：视图
chosen = lengths[[0, 1]]  # 用编号取：副本
long = lengths[lengths > 50]  # 用真假取：副本
head[0] = 0
chosen[1] = -1
long[2] = -2
print("改了三个，原来的：", lengths)
for name, array in {"切片": head, "编号": chosen, "真假": long}.items():
    print(name, "与原来的共用内存：", np.shares_memory(lengths, array))

# %% 从列表到张量，搬了几次
import torch

numbers = [1.0, 2.0, 3.0]
array = np.array(numbers)  # 列表 -> 数组：搬
shared = torch.from_numpy(array)  # 数组 -> 张量：不搬
copied = torch.tensor(array)  # 搬
array[0] = 99
print("列表", numbers)
print("from_numpy", shared.tolist())
print("tensor    ", copied.tolist())

# %% 转置之后不能直接 view
t = torch.arange(6).reshape(2, 3)
try:
    t.T.view(6)
except RuntimeError as error:
    print("RuntimeError：", str(error).split(". ")[0])
print("reshape：", t.T.reshape(6).tolist(), "（搬了一份）")

# %% 手算一次广播
column = np.array([[0], [10], [20]])  # (3, 1)
row = np.array([1, 2, 3, 4])  # (4,)
print((column + row).shape)
print(column + row)

# %% 广播画成图
INK, GHOST = ("#dce7f7", "-", "#24292f"), ("#ffffff", ":", "#a3abb6")


def draw_array(ax, x, array, shape):
    """把 array 画成 shape 那么大：真有的格子涂色，广播出来的画虚线"""
    rows, columns = array.shape
    stretched = np.broadcast_to(array, shape)
    for i in range(shape[0]):
        for j in range(shape[1]):
            real = i < rows and j < columns
            face, style, ink = INK if real else GHOST
            draw_cell(ax, x + 1.15 * j, i, str(stretched[i, j]), face, ink, style, 1.15)


fig, ax = plt.subplots(figsize=(6.2, 2.2))
total = column + row
draw_array(ax, 0, column, total.shape)
draw_array(ax, 5.6, np.atleast_2d(row), total.shape)
draw_array(ax, 11.2, total, total.shape)
for x, text in [(5.1, "+"), (10.7, "=")]:
    ax.text(x, 1.5, text, ha="center", va="center", fontsize=18)
for x, text in [(2.3, "(3, 1)"), (7.9, "(4,)"), (13.5, "(3, 4)")]:
    ax.text(x, 3.5, text, ha="center", va="center", fontsize=14)
ax.set(xlim=(-0.1, 15.9), ylim=(3.9, -0.1))
ax.axis("off")
plt.show()


# %% 广播的规则
def broadcast_shape(a, b):
    """两个形状（元组）广播之后的形状；对不上就抛出 ValueError"""
    size = max(len(a), len(b))
    a = (1,) * (size - len(a)) + a  # 左边补 1，于是右对齐
    b = (1,) * (size - len(b)) + b
    result = []
    for m, n in zip(a, b):
        if m != n and 1 not in (m, n):
            raise ValueError(f"{m} 与 {n} 对不上")
        result.append(n if m == 1 else m)
    return tuple(result)


pairs = [((3, 1), (4,)), ((2, 5), (2, 1)), ((2, 5), (5,)), ((2, 5), (2,))]
pairs += [((32, 128, 64), (64,)), ((32, 1, 64), (128, 1))]
for x, y in pairs:
    try:
        print(x, "与", y, "→", broadcast_shape(x, y))
    except ValueError as error:
        print(x, "与", y, "→ 不行：", error)


# %% 规则就是循环
def add_by_loop(x, y):
    """逐个元素相加：长度是 1 的轴永远取第 0 个；返回广播之后的形状"""
    shape = broadcast_shape(x.shape, y.shape)
    x = x.reshape((1,) * (len(shape) - x.ndim) + x.shape)
    y = y.reshape((1,) * (len(shape) - y.ndim) + y.shape)
    out = np.empty(shape)
    for index in np.ndindex(*shape):
        i = tuple(0 if n == 1 else k for n, k in zip(x.shape, index))
        j = tuple(0 if n == 1 else k for n, k in zip(y.shape, index))
        out[index] = x[i] + y[j]
    return out


rng = np.random.default_rng(0)
for shape_x, shape_y in [((3, 1), (4,)), ((2, 5), (2, 1)), ((4, 1, 6), (5, 1))]:
    x, y = rng.normal(size=shape_x), rng.normal(size=shape_y)
    print(shape_x, shape_y, "与循环相同：", np.array_equal(x + y, add_by_loop(x, y)))

# %% 广播不搬数
wide = np.broadcast_to(row, total.shape)
print("步幅", wide.strides, "：往下走一行，走 0 个字节")
print("与 row 共用内存：", np.shares_memory(wide, row))

# %% 少一个轴
counts = np.array([[6, 1, 2, 0, 3], [2, 4, 0, 6, 1]])  # 2 类，5 个字
n = np.array([8, 10])  # 两类各有几条
try:
    counts / n
except ValueError as error:
    print("ValueError：", error)
print(counts / n[:, None])

# %% 形状碰巧相同
square = counts[:, :2]  # 只看 2 个字：(2, 2)
print("除以 n 不报错：", (square / n).tolist())
print("该除 n[:, None]：", (square / n[:, None]).tolist())

# %% 多一个轴
target = torch.tensor([2.0, 4.0, 6.0])  # (3,)
guess = torch.tensor([[2.0], [4.0], [6.0]])  # (3, 1)，全猜对了
error = target - guess
print("形状", tuple(error.shape), f"，损失 {(error**2).mean():.2f}")
print(f"压掉多的轴，损失 {((target - guess.squeeze(1)) ** 2).mean():.2f}")

# %% 整数会绕回来
lengths = np.array([200, 100], dtype=np.uint8)  # 为了省内存，只用 1 个字节
print("加起来：", lengths[:1] + lengths[1:], "，sum：", lengths.sum())
print("差：", lengths[1:] - lengths[:1])
