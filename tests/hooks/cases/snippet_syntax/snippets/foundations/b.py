"""坏的。"""

# %% 坏
if True
    pass
