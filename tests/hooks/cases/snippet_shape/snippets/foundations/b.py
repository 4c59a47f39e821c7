x = 1

# %% Counter tags=["vary"]
class Counter:
    pass

# %% a=b
y = 2

# %% 同名
1
# %% 同名
2
# %%
3
