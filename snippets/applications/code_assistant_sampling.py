"""代码生成助手：温度、pass@k、重采样与可见的例子

每题采二十份，逐份判对错，画出三种温度的 pass@k；
再看只用可见的例子挑选时，交出来的代码在隐藏的测试上对了多少。
"""

# %% 准备
import ast
import json
import subprocess
import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

MODEL = "models/code-assistant"  # 换成 "Qwen/Qwen2.5-Coder-0.5B" 即可续写真的代码
tokenizer = AutoTokenizer.from_pretrained(MODEL, padding_side="left")
model = AutoModelForCausalLM.from_pretrained(MODEL)
DATA = json.loads(Path("data/code_requests.json").read_text(encoding="utf-8"))
EXAM = DATA["exam"][:20]
HEAD = "def f(xs):\n"
N = 20  # 每题采几份


# %% 续写
@torch.inference_mode()
def complete(prompts, n, temperature):
    """为每个提示词采样 n 份；温度 0 是贪心解码，n 只能是 1。返回列表的列表。"""
    batch = tokenizer(prompts, padding=True, return_tensors="pt")
    choice = {"do_sample": False}
    if temperature > 0:
        choice = {"do_sample": True, "temperature": temperature, "top_k": 0}
    outputs = model.generate(
        **batch, max_new_tokens=32, num_return_sequences=n, **choice
    )  # (提示词数 · n, T + 新词元数)
    new = outputs[:, batch.input_ids.shape[1] :]
    texts = tokenizer.batch_decode(new, skip_special_tokens=True)
    return [texts[i : i + n] for i in range(0, len(texts), n)]


torch.manual_seed(0)
prompts = [f"# {q['request']}\n{HEAD}" for q in EXAM]
TEMPERATURES = [0.0, 0.1, 0.4, 0.7]
samples = {t: complete(prompts, N if t else 1, t) for t in TEMPERATURES}
print("采了", sum(len(s) for t in TEMPERATURES for s in samples[t]), "份")

# %% 检查
NODES = (
    *(ast.Module, ast.FunctionDef, ast.arguments, ast.arg, ast.Return),
    *(ast.Call, ast.GeneratorExp, ast.comprehension, ast.Name, ast.Load, ast.Store),
    *(ast.Constant, ast.BinOp, ast.Add, ast.Sub, ast.Mult, ast.Mod, ast.Pow),
    *(ast.UnaryOp, ast.USub, ast.Compare, ast.Gt, ast.Lt, ast.Eq, ast.NotEq),
)
NAMES = {"xs", "x", "abs", "sum", "max", "min", "sorted"}


def check(code):
    """运行之前看一遍。返回问题的说明，没有问题返回空字符串。"""
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return f"语法：{getattr(error, 'msg', error)}"
    if [getattr(node, "name", "") for node in tree.body] != ["f"]:
        return "应当恰好是一个函数 f"
    for node in ast.walk(tree):
        if not isinstance(node, NODES):
            return f"不许出现 {type(node).__name__}"
        if isinstance(node, ast.Name) and node.id not in NAMES:
            return f"不许使用 {node.id}"
        if isinstance(node, ast.Constant) and type(node.value) is not int:
            return "常数只许是整数"
    return ""


# %% 同一题的候选一起跑
WORKER = """
import json, sys
try:
    import resource as r
    r.setrlimit(r.RLIMIT_CPU, (2, 3))
    r.setrlimit(r.RLIMIT_FSIZE, (2**20, 2**20))
    if sys.platform == "linux":
        r.setrlimit(r.RLIMIT_AS, (2**28, 2**28))
except ImportError:
    pass
job = json.load(sys.stdin)
results = []
for code in job["codes"]:
    try:
        scope = {}
        exec(code, scope)
        results.append([json.dumps(scope["f"](list(xs))) for xs in job["inputs"]])
    except Exception:
        results.append(None)
print(json.dumps(results))
"""


def run_together(codes, inputs):
    """在一个子进程里跑完一题的各份。返回列表：每份是各输入的结果，出错的是 None。

    只收过了名单的代码：它们改不动彼此，也印不出东西；整批超限时退回一份一份地跑
    """
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-S", "-c", WORKER],
            input=json.dumps({"codes": codes, "inputs": inputs}),
            capture_output=True,
            text=True,
            timeout=10,
            env={},
        )
        return json.loads(done.stdout)
    except (subprocess.TimeoutExpired, ValueError):
        if len(codes) == 1:
            return [None]
        return [run_together([code], inputs)[0] for code in codes]


def grade(question, bodies):
    """返回 (份数, 测试数) 的布尔数组：第 i 份在第 j 组输入上对不对。"""
    codes = [HEAD + body for body in bodies]
    unique = sorted({code for code in codes if not check(code)})
    everything = run_together([HEAD + question["answer"], *unique], question["tests"])
    want, results = everything[0], dict(zip(unique, everything[1:], strict=True))
    if want is None:
        raise ValueError("参考答案跑不通")
    wrong = [None] * len(want)
    return np.array(
        [[g == w for g, w in zip(results.get(c) or wrong, want, strict=True)] for c in codes]
    )


marks = {
    t: np.stack([grade(q, s) for q, s in zip(EXAM, samples[t], strict=True)])
    for t in TEMPERATURES
}  # 每个温度：(题数, 份数, 测试数)
right = {t: m.all(axis=2) for t, m in marks.items()}  # 全部测试都过才算对
print({t: m.shape for t, m in marks.items()})


# %% 三种温度 tags=["varies"]
def pass_at_k(n, c, k):
    """n 份里 c 份对时 pass@k 的无偏估计。"""
    if n - c < k:
        return 1.0
    return 1.0 - float(np.prod(1.0 - k / np.arange(n - c + 1, n + 1)))


KS = np.arange(1, N + 1)
curves = {
    t: [np.mean([pass_at_k(N, int(c), int(k)) for c in right[t].sum(1)]) for k in KS]
    for t in TEMPERATURES[1:]
}
fig, ax = plt.subplots(figsize=(4.6, 3.6))
for (t, curve), marker in zip(curves.items(), "os^", strict=True):
    ax.plot(KS, curve, marker=marker, label=f"温度 {t}")
    print(f"温度 {t}：pass@1 {curve[0]:.2f}，pass@5 {curve[4]:.2f}，pass@20 {curve[-1]:.2f}")
    kinds = np.mean([len(set(bodies)) for bodies in samples[t]])
    print(f"    每题 {N} 份里平均有 {kinds:.1f} 种不同的代码")
greedy = right[0.0].mean()
print(f"贪心解码：pass@1 {greedy:.2f}")
ax.axhline(greedy, color="C5", linestyle="--", zorder=1, label="贪心解码，只有一份")
ax.set(xlabel="k", ylabel="pass@k", ylim=(0.25, 1.02), xticks=[1, 5, 10, 15, 20])
ax.legend(loc="lower right")
plt.show()

# %% 有多可信 tags=["varies"]
rng = np.random.default_rng(0)


def interval(values):
    """自助法：有放回地重抽这些题，重复两千次。返回平均数中间 95% 的两端。"""
    means = rng.choice(values, (2000, len(values))).mean(axis=1)  # (2000,)
    return np.quantile(means, [0.025, 0.975])


def estimates(t, k):
    """温度 t 时每道题的 pass@k，(题数,)。"""
    return np.array([pass_at_k(N, int(c), k) for c in right[t].sum(1)])


low, high = interval(estimates(0.4, 5))
print(f"温度 0.4：pass@5 {estimates(0.4, 5).mean():.2f}，换一批题大约在 {low:.2f} 到 {high:.2f}")
for k in [1, 20]:
    gain = estimates(0.4, k) - estimates(0.1, k)  # 同一道题相减
    low, high = interval(gain)
    print(f"pass@{k}，0.4 减 0.1：{gain.mean():+.2f}，大约在 {low:+.2f} 到 {high:+.2f}")

# %% 错在哪里 tags=["varies"]
shown = 0
for question, bodies, ok in zip(EXAM, samples[0.7], right[0.7], strict=True):
    if not ok.all() and shown < 5:
        body = bodies[int(ok.argmin())].strip()
        print(question["request"], "→", body)
        shown += 1

# %% 用可见的例子挑 tags=["varies"]
HIDDEN = [1, 2, 3]  # 这几组输入只用来打分，挑选时看不到
VISIBLE = {
    "不看例子": [],
    "一个随手的例子": [4],
    "两个随手的例子": [4, 5],
    "一个边界的例子": [0],
    "边界加随手": [0, 4],
}


def select(marks, visible):
    """按次序试每一份，交出第一份通过可见例子的。

    marks 是 (题数, 份数, 测试数)；返回 (交出且对, 交出但错, 没有交) 三个比例
    """
    outcome = np.zeros(3)
    for question in marks:
        passed = question[:, visible].all(axis=1)
        if not passed.any():
            outcome[2] += 1
        else:
            outcome[0 if question[passed.argmax()][HIDDEN].all() else 1] += 1
    return outcome / len(marks)


def precision(marks, visible):
    """通过了可见例子的候选里，隐藏的测试也全对的比例。"""
    passed = marks[:, :, visible].all(axis=2)  # (题数, 份数)
    return marks[:, :, HIDDEN].all(axis=2)[passed].mean()


table = {name: select(marks[0.7], visible) for name, visible in VISIBLE.items()}
for name, (good, bad, none) in table.items():
    share = precision(marks[0.7], VISIBLE[name])
    print(f"{name}：过关的候选里真对的 {share:.2f}")
    print(f"    交出且对 {good:.2f}，交出但错 {bad:.2f}，没有交 {none:.2f}")

# %% 被例子骗过的 tags=["varies"]
fooled = 0
for question, bodies, row in zip(EXAM, samples[0.7], marks[0.7], strict=True):
    mistaken = row[:, 4] & ~row[:, HIDDEN].all(axis=1)
    if mistaken.any() and fooled < 3:
        print(question["request"], "→", bodies[int(mistaken.argmax())].strip())
        print("    例子：", question["tests"][4])
        fooled += 1

# %% 最多试几份 tags=["varies"]
for budget in [1, 2, 5, 10, 20]:
    good, bad, none = select(marks[0.7][:, :budget], [0, 4])
    print(f"最多 {budget} 份：交出且对 {good:.2f}，交出但错 {bad:.2f}，没有交 {none:.2f}")
