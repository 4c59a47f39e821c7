"""片段。

演示。
"""

# %% 对的
first = 1  # 50 % 也可以

#%% 少了空格
second = 2

# % 少一个
third = "# % 字符串里的不算"

# %%挨着
if third:
    # %% 缩进了
    fourth = 4
