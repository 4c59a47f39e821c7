"""解码为什么慢，批处理为什么快

先用算术强度与屋顶线说清一步解码的时间花在哪里，算出 KV 缓存的字节；再看左补齐，
然后用模拟器比较静态与连续批处理、有限与无限的队列，最后算分页与前缀缓存省下多少。

来源：屋顶线，Williams 等 2009（CACM 52(4)）；连续批处理，Orca，Yu 等 2022（OSDI）；
分页的 KV 缓存，vLLM，Kwon 等 2023（arXiv:2309.06180）
"""

# %% 准备
import time

import matplotlib.pyplot as plt
import numpy as np
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

MODEL = "models/mini-gpt"  # 换成 "Qwen/Qwen2.5-0.5B-Instruct" 即可
torch.manual_seed(0)


# %% 一层要算多少，要搬多少
def layer_cost(rows, d_in, d_out, weight_bytes=2, activation_bytes=2):
    """rows 个词元过一个线性层：返回 (浮点运算次数, 要搬的字节数)"""
    flops = 2 * rows * d_in * d_out  # 一乘一加算两次
    moved = d_in * d_out * weight_bytes + rows * (d_in + d_out) * activation_bytes
    return flops, moved


for rows in [1, 8, 64, 512]:
    flops, moved = layer_cost(rows, 4096, 4096)
    print(f"{rows:3d} 行：搬 {moved / 1e6:.1f} MB，每字节算 {flops / moved:.1f} 次")


# %% 屋顶
def attainable(intensity, peak, bandwidth):
    """屋顶线：每秒最多算多少次，两个上限取小的一个"""
    return min(peak, intensity * bandwidth)


PEAK, BANDWIDTH = 312e12, 2039e9  # A100 80GB SXM 的规格：16 位每秒运算数，每秒字节数
print(f"拐点：每字节 {PEAK / BANDWIDTH:.0f} 次")
fig, ax = plt.subplots(figsize=(5.6, 3.6))
line = np.logspace(-0.5, 3, 100)
ax.plot(line, [attainable(i, PEAK, BANDWIDTH) / 1e12 for i in line])
for rows, name in [(1, "一个人解码"), (64, "64 人一批"), (512, "预填 512 个")]:
    flops, moved = layer_cost(rows, 4096, 4096)
    speed = attainable(flops / moved, PEAK, BANDWIDTH)
    print(f"{rows:3d} 行：最多用上算力的 {speed / PEAK:.1%}")
    ax.plot(flops / moved, speed / 1e12, "o", color="C1")
    ax.annotate(name, (flops / moved, speed / 1e12), xytext=(0, -16),
                textcoords="offset points")
ax.set(xscale="log", yscale="log", xlabel="每字节的运算次数", ylabel="每秒万亿次运算")
plt.show()

# %% 预填与解码
PARAMETERS = 8_030_261_248  # Llama-3-8B
for name, bits in [("16 位", 16), ("8 位", 8), ("4 位，每 32 个一组", 4.5)]:
    read = PARAMETERS * bits / 8
    print(f"{name}：{read / 1e9:.1f} GB，读一遍 {read / BANDWIDTH * 1e3:.1f} 毫秒")
compute = 2 * PARAMETERS * 1000 / PEAK
print("预填 1000 个词元：")
print(f"  算 {compute * 1e3:.0f} 毫秒，", end="")
print(f"读 16 位的权重 {PARAMETERS * 2 / BANDWIDTH * 1e3:.1f} 毫秒")

# %% 量一量这台电脑 tags=["varies"]
D = 2048
weight = torch.randn(D, D)  # float32，16 MB
rows_range = [1, 2, 4, 8, 16, 32, 64, 128, 256]


@torch.inference_mode()
def seconds(run, rounds=4):
    """跑几次，取最快的一次"""
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        run()
        times.append(time.perf_counter() - began)
    return min(times)


points = []
for rows in rows_range:
    x = torch.randn(rows, D)
    flops, moved = layer_cost(rows, D, D, weight_bytes=4, activation_bytes=4)
    points.append((flops / moved, flops / seconds(lambda x=x: x @ weight.T)))
vector = torch.randn(D)
bandwidth = 4 * D * D / seconds(lambda: weight @ vector)  # 矩阵乘向量，几乎只在搬
peak = max(speed for _, speed in points)
print(f"带宽约 {bandwidth / 1e9:.0f} GB/s，算力约 {peak / 1e9:.0f} GFLOP/s")
print(f"拐点约每字节 {peak / bandwidth:.0f} 次")
print(f"256 行的用时是 1 行的 {256 * points[0][1] / points[-1][1]:.0f} 倍")
fig, ax = plt.subplots()
line = np.logspace(-1, 2.2, 50)
ax.plot(line, [attainable(i, peak, bandwidth) / 1e9 for i in line], label="屋顶")
ax.plot(*zip(*[(i, s / 1e9) for i, s in points], strict=True), "o", label="量到的")
ax.set(xscale="log", yscale="log", xlabel="每字节的运算次数", ylabel="每秒十亿次运算")
ax.legend(loc="lower right")
plt.show()

# %% 要多少显存
MODELS = {  # 参数个数，层数，键值头数，每头维数：取自各模型公开的配置
    "Llama-2-7B": (6_738_415_616, 32, 32, 128),
    "Llama-3-8B": (PARAMETERS, 32, 8, 128),
}
GIB = 2**30


def cache_bytes(layers, kv_heads, head_dim, bytes_per_number=2):
    """一个词元的 KV 缓存占多少字节：每层存 K 与 V 两份"""
    return 2 * layers * kv_heads * head_dim * bytes_per_number


for name, (parameters, *shape) in MODELS.items():
    sizes = [f"{bits} 位 {parameters * bits / 8 / GIB:.1f}" for bits in (16, 8, 4)]
    print(f"{name} 权重（GiB）：{'，'.join(sizes)}")
    print(f"  KV 缓存：每词元 {cache_bytes(*shape) // 1024} KiB，", end="")
    print(f"8,192 词元 {cache_bytes(*shape) * 8192 / GIB:.1f} GiB")


# %% 批大了，谁在占带宽
def step_bytes(batch, context, bits=16):
    """Llama-3-8B 解码一步要读的字节：权重一遍，加上每条会话自己的缓存"""
    return PARAMETERS * bits / 8 + batch * context * cache_bytes(32, 8, 128)


batches = np.arange(1, 129)
fig, ax = plt.subplots()
for context, style in [(500, "-"), (2000, "--"), (8000, ":")]:
    speed = batches / (step_bytes(batches, context) / BANDWIDTH)
    ax.plot(batches, speed, style, label=f"每条 {context} 个词元")
ax.set(xlabel="一批几条", ylabel="每秒词元数的上限")
ax.legend()
plt.show()
for context in [500, 8000]:
    alone, many = (b * BANDWIDTH / step_bytes(b, context) for b in [1, 64])
    even = PARAMETERS * 2 / (context * cache_bytes(32, 8, 128))
    print(f"每条 {context} 个词元：1 条 {alone:.0f}，64 条 {many:.0f}")
    print(f"  到 {even:.0f} 条时，缓存与权重一样多")

# %% 左补齐
tokenizer = AutoTokenizer.from_pretrained(MODEL)
model = AutoModelForCausalLM.from_pretrained(MODEL, dtype=torch.float32).eval()
starts = ["春天，", "小青养了一只黑", "小梅过生日，小军送来一", "傍晚，小兰带着一包糖果去看吴大"]


@torch.inference_mode()
def greedy(prompts, side):
    """一批提示词一起续写，返回每条的新内容"""
    batch = tokenizer(prompts, padding=True, padding_side=side, return_tensors="pt")
    out = model.generate(
        input_ids=batch.input_ids,
        attention_mask=batch.attention_mask,
        max_new_tokens=12,
        do_sample=False,
    )
    return tokenizer.batch_decode(
        out[:, batch.input_ids.shape[1] :], skip_special_tokens=True
    )


alone = [greedy([start], "left")[0] for start in starts]
for side in ("left", "right"):
    same = sum(a == b for a, b in zip(alone, greedy(starts, side), strict=True))
    print(f"{side}：{same}/{len(starts)} 条与单独生成的相同")

# %% 优化的推理
class OptimizedInference:
    """成批推理的最小核心：半精度可选，长短相近的放一批，左补齐，只返回新内容"""

    def __init__(self, path, dtype=torch.float32):
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self.tokenizer = AutoTokenizer.from_pretrained(path, padding_side="left")
        model = AutoModelForCausalLM.from_pretrained(path, dtype=dtype)
        self.model = model.to(self.device).eval()  # eval：关掉 Dropout

    @torch.inference_mode()  # 不记录计算图，省内存
    def generate(self, prompts, batch_size=8, **options):
        """续写一组提示词，按原来的顺序返回新内容；options 传给 model.generate"""
        order = sorted(range(len(prompts)), key=lambda i: len(prompts[i]))
        answers = [""] * len(prompts)
        for start in range(0, len(order), batch_size):
            rows = order[start : start + batch_size]
            batch = self.tokenizer(
                [prompts[i] for i in rows], padding=True, return_tensors="pt"
            ).to(self.device)
            out = self.model.generate(
                input_ids=batch.input_ids,
                attention_mask=batch.attention_mask,
                **options,
            )  # KV 缓存 generate 默认就用
            new = out[:, batch.input_ids.shape[1] :]
            found = self.tokenizer.batch_decode(new, skip_special_tokens=True)
            for i, text in zip(rows, found, strict=True):
                answers[i] = text
        return answers


# %% 推理的验证
plain = OptimizedInference(MODEL)
options = {"max_new_tokens": 12, "do_sample": False}
print("与逐条相同：", plain.generate(starts[::-1], **options) == alone[::-1])
calls = []
hook = plain.model.register_forward_pre_hook(lambda *_: calls.append(1))
plain.generate(starts, batch_size=4, **options)
together = len(calls)
for start in starts:
    plain.generate([start], **options)
hook.remove()
print(f"前向次数：一批 {together}，逐条 {len(calls) - together}")


# %% 一步一步地排班
def schedule(requests, slots, continuous, max_waiting=None):
    """模拟一个服务：requests 是按到达时间排好的 (到达步, 长度)，每步每条写一个词元

    静态：手上的一批全写完，才取下一批；连续：谁写完，谁的位置立刻给下一条
    返回 (请求编号, 位置, 开始, 结束) 的列表与被拒绝的编号
    """
    plan, refused, waiting, running = [], [], [], {}
    step = arrived = 0
    while arrived < len(requests) or waiting or running:
        while arrived < len(requests) and requests[arrived][0] <= step:
            idle = slots - len(running) if continuous or not running else 0
            if max_waiting is not None and len(waiting) >= max_waiting + idle:
                refused.append(arrived)
            else:
                waiting.append(arrived)
            arrived += 1
        if continuous or not running:
            for slot in range(slots):
                if slot not in running and waiting:
                    i = waiting.pop(0)
                    running[slot] = step + requests[i][1]
                    plan.append((i, slot, step, running[slot]))
        step += 1
        running = {slot: end for slot, end in running.items() if end > step}
    return plan, refused


def utilization(plan, slots):
    """全部位置的时间里，有多少在干活"""
    busy = sum(end - start for _, _, start, end in plan)
    return busy / (slots * max(end for *_, end in plan))


four = [(0, 2), (0, 8), (0, 3), (0, 3)]  # 四条同时到，两个位置
for name, continuous in [("静态", False), ("连续", True)]:
    plan, _ = schedule(four, 2, continuous)
    ends = [end for _, _, _, end in sorted(plan)]
    print(f"{name}：写完的步数 {ends}，平均 {sum(ends) / 4}")
    print(f"  利用率 {utilization(plan, 2):.0%}")

# %% 十六条请求
rng = np.random.default_rng(0)
sixteen = [(0, int(n)) for n in rng.geometric(0.04, size=16)]
print("长度：", [n for _, n in sixteen])
fig, axes = plt.subplots(2, 1, sharex=True)
for ax, (name, continuous) in zip(axes, [("静态批处理", False), ("连续批处理", True)], strict=True):
    plan, _ = schedule(sixteen, 4, continuous)
    print(f"{name}：{max(end for *_, end in plan)} 步，利用率 {utilization(plan, 4):.0%}")
    for i, slot, start, end in plan:
        ax.broken_barh([(start, end - start)], (slot - 0.4, 0.8), color=f"C{i % 6}")
    ax.set(title=name, yticks=[])
axes[1].set_xlabel("步")
plt.show()


# %% 请求陆续到达
def traffic(load, slots, count=400, mean=40, seed=1):
    """随机到达的请求：load 是来的活除以能写的活；长度服从几何分布，平均 mean"""
    rng = np.random.default_rng(seed)
    gaps = rng.exponential(mean / (load * slots), size=count)
    lengths = rng.geometric(1 / mean, size=count)
    return list(zip(gaps.cumsum().tolist(), lengths.tolist(), strict=True))


def waits(plan, requests):
    """每条请求从到达到开始，等了几步"""
    return np.array([start - requests[i][0] for i, _, start, _ in plan])


loads = [0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]
fig, ax = plt.subplots()
mean_waits = {}
for name, continuous in [("静态", False), ("连续", True)]:
    mean_waits[name] = [
        np.mean([waits(schedule(r, 8, continuous)[0], r).mean() for r in
                 [traffic(load, 8, seed=s) for s in range(3)]])
        for load in loads
    ]
    ax.plot(loads, mean_waits[name], marker="o", label=name)
    shown = dict(zip(loads, mean_waits[name], strict=True))
    print(f"{name}：负载 0.3 平均等 {shown[0.3]:.1f} 步，0.6 等 {shown[0.6]:.1f} 步")
ax.set(xlabel="负载", ylabel="平均等几步", yscale="log")
ax.legend()
plt.show()

# %% 来得比写得快
busy = traffic(1.5, 8, count=600)
plan, _ = schedule(busy, 8, continuous=True)
wait = waits(plan, busy)
print(f"不限队列：前 100 条平均等 {wait[:100].mean():.0f} 步")
print(f"  后 100 条等 {wait[-100:].mean():.0f} 步，利用率 {utilization(plan, 8):.0%}")
plan, refused = schedule(busy, 8, continuous=True, max_waiting=8)
wait = waits(plan, busy)
print(f"最多排 8 条：后 100 条等 {wait[-100:].mean():.0f} 步")
print(f"  拒绝 {len(refused) / len(busy):.0%}，利用率 {utilization(plan, 8):.0%}")

# %% 分页
rng = np.random.default_rng(2)
lengths = rng.geometric(1 / 300, size=1000).clip(max=2048)  # 每条最后有多少词元
PAGE = 16
pages = np.ceil(lengths / PAGE) * PAGE
print(f"平均 {lengths.mean():.0f} 个词元")
print(f"每条预留 2048 个：用上 {lengths.sum() / (2048 * 1000):.0%}")
print(f"每页 {PAGE} 个，按需分配：用上 {lengths.sum() / pages.sum():.1%}")
print(f"  每条平均浪费 {(pages - lengths).mean():.1f} 个")
room = int(20 * GIB // cache_bytes(32, 8, 128))  # 留 20 GiB 给缓存
print(f"20 GiB 放得下 {room} 个词元")
print(f"  预留能同时服务 {room // 2048} 条，分页约 {room / pages.mean():.0f} 条")


# %% 前缀缓存
def shared_prefix(system, own, count, page=PAGE):
    """count 条请求以同样的 system 个词元开头，各有 own 个自己的；返回要预填的词元数"""
    reusable = system // page * page  # 只有写满的页能共用
    return reusable + count * (system - reusable + own)


before, after = 100 * (600 + 50), shared_prefix(600, 50, 100)
print(f"预填的词元：{before} → {after}，省下 {1 - after / before:.0%}")
