"""画一条线。

演示怎样画。
"""

# %% 准备
import matplotlib.pyplot as plt

# %% 画
figure, axes = plt.subplots()
axes.plot([1, 2, 3])
