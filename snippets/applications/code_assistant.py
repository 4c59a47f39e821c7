"""代码生成助手：生成、检查、运行、打分、解释

现场训练一个九万参数的小模型，它只会一类需求：筛选列表、逐个变换、再汇总。
模型小，错误却是真的：抄错数字、用错运算。围绕它把助手该有的一整套做全：
只取新生成的词元、限长与停止、语法检查、放进独立进程运行、pass@k、解释代码。

来源：pass@k 的无偏估计，Chen 等 2021（arXiv:2107.03374，2.1 节）；
Muon 优化器，Jordan 等 2024
"""

# %% 准备
import ast
import itertools
import json
import os
import random
import re
import subprocess
import sys
import tempfile
from functools import cache
from math import comb

import matplotlib.pyplot as plt
import numpy as np
import torch
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers
from tokenizers.trainers import BpeTrainer
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

# 换成真模型：model 与 tokenizer 改为 AutoModelForCausalLM / AutoTokenizer 的
# from_pretrained("Qwen/Qwen2.5-Coder-0.5B-Instruct")，提示词改用它的对话模板
torch.manual_seed(0)

# %% 需求与代码
FILTERS = {
    "大于 {n} 的数": "x > {n}",
    "小于 {n} 的数": "x < {n}",
    "不等于 {n} 的数": "x != {n}",
    "能被 {n} 整除的数": "x % {n} == 0",
}
MAPS = {
    "加上 {k}": "x + {k}",
    "减去 {k}": "x - {k}",
    "乘以 {k}": "x * {k}",
    "平方": "x ** 2",
    "取绝对值": "abs(x)",
}
REDUCES = {"求和": "sum", "取最大值": "max", "取最小值": "min", "排好序": "sorted"}
PHRASES = [
    "取出{f}，每个{m}，再{r}",
    "{r}：先留下{f}，再把它们{m}",
    "把{f}{m}，然后{r}",
]
COMBINATIONS = list(itertools.product(FILTERS, MAPS, REDUCES))
HELD_OUT = COMBINATIONS[3::7]  # 这些组合训练时一次也不出现
SEEN = [c for c in COMBINATIONS if c not in HELD_OUT]


def make_example(rng, combinations):
    """随机造一道题。返回 (提示词, 参考答案)：注释写需求，def 起头，答案是函数体。"""
    f, m, r = rng.choice(combinations)
    n, k = rng.randint(2, 29), rng.randint(2, 29)
    request = rng.choice(PHRASES).format(f=f, m=m, r=r).format(n=n, k=k)
    body = f"{REDUCES[r]}({MAPS[m]} for x in xs if {FILTERS[f]})".format(n=n, k=k)
    return f"# {request}\ndef f(xs):\n", f"    return {body}\n"


rng = random.Random(0)
train = [make_example(rng, SEEN) for _ in range(8000)]
test = [make_example(rng, HELD_OUT) for _ in range(20)]
print(train[0][0] + train[0][1])
print(f"组合 {len(SEEN)} 种用来训练，{len(HELD_OUT)} 种只用来测试")


# %% 分词器
def train_tokenizer(texts):
    """训练一个小的 BPE 分词器。先做规范化：统一换行，全角与圈号转半角（NFKC）。"""
    core = Tokenizer(models.BPE(unk_token="<unk>"))
    core.normalizer = normalizers.Sequence(
        [normalizers.Replace("\r\n", "\n"), normalizers.NFKC()]
    )
    # 数字一位一个词元，模型才可能逐位抄对；换行单独成词元，提示词的边界才不会变
    pieces = Regex(r"\d|\n| ?[a-z]+| +|[\u4e00-\u9fff]+|\*\*|==|!=|.")
    core.pre_tokenizer = pre_tokenizers.Split(pieces, "isolated")
    core.decoder = decoders.Fuse()
    special = ["<pad>", "<eos>", "<unk>"]
    trainer = BpeTrainer(vocab_size=160, special_tokens=special, show_progress=False)
    core.train_from_iterator(texts, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=core,
        pad_token="<pad>",
        eos_token="<eos>",
        unk_token="<unk>",
        padding_side="left",  # 生成要从右边接着写，所以补在左边
    )


tokenizer = train_tokenizer([prompt + body for prompt, body in train[:2000]])
prompt, body = train[0]
print("词表大小：", len(tokenizer))
print("｜".join(tokenizer.tokenize(prompt + body)).replace("\n", "⏎"))

# %% 训练
config = LlamaConfig(
    vocab_size=len(tokenizer),
    hidden_size=64,
    intermediate_size=128,
    num_hidden_layers=2,
    num_attention_heads=4,
    max_position_embeddings=256,
    tie_word_embeddings=True,
    pad_token_id=tokenizer.pad_token_id,
    eos_token_id=tokenizer.eos_token_id,
    bos_token_id=None,
)
model = LlamaForCausalLM(config)


def to_rows(examples):
    """返回 (ids, labels)，都是 (题数, T)：提示词与补齐处的标签是 -100，不算损失。"""
    full = [tokenizer(p + b + "<eos>").input_ids for p, b in examples]
    T = max(map(len, full))
    ids = torch.full((len(full), T), tokenizer.pad_token_id)
    labels = torch.full((len(full), T), -100)
    for row, ((p, _), tokens) in enumerate(zip(examples, full, strict=True)):
        start = len(tokenizer(p).input_ids)
        ids[row, : len(tokens)] = torch.tensor(tokens)
        labels[row, start : len(tokens)] = torch.tensor(tokens[start:])
    return ids, labels


def fit(model, ids, labels, steps, batch=16):
    """矩阵用 Muon，其余用 AdamW；学习率先升后降。返回每一步的损失。"""
    hidden = [p for n, p in model.named_parameters() if p.ndim == 2 and "proj" in n]
    rest = [p for n, p in model.named_parameters() if p.ndim != 2 or "proj" not in n]
    optimizers = [
        torch.optim.Muon(hidden, lr=0.02, weight_decay=0.0),
        torch.optim.AdamW(rest, lr=5e-3, weight_decay=0.0),
    ]
    schedules = [
        torch.optim.lr_scheduler.LambdaLR(
            o, lambda s: min((s + 1) / 25, (steps - s) / (0.7 * steps), 1)
        )
        for o in optimizers
    ]
    losses = []
    for _ in range(steps):
        rows = torch.randint(len(ids), (batch,))
        loss = model(input_ids=ids[rows], labels=labels[rows]).loss
        model.zero_grad()
        loss.backward()
        for o in optimizers:
            o.step()
        for s in schedules:
            s.step()
        losses.append(loss.item())
    return losses


losses = fit(model.train(), *to_rows(train), steps=160)
model.eval()
print(f"参数 {sum(p.numel() for p in model.parameters()):,} 个")
print(f"损失：开头约 {losses[0]:.0f}，结尾低于 0.2：{np.mean(losses[-20:]) < 0.2}")


# %% 生成 tags=["varies"]
@torch.inference_mode()
def complete(prompts, n=1, temperature=0.0, max_new_tokens=40, **options):
    """为每个提示词续写 n 份。返回列表的列表：外层按提示词，内层 n 个字符串。

    temperature 为 0 是贪心解码（此时 n 只能是 1），否则按温度采样
    """
    batch = tokenizer(prompts, padding=True, return_tensors="pt")
    choice = {"do_sample": False}
    if temperature > 0:
        choice = {"do_sample": True, "temperature": temperature, "top_k": 0}
    outputs = model.generate(
        input_ids=batch.input_ids,
        attention_mask=batch.attention_mask,
        max_new_tokens=max_new_tokens,
        num_return_sequences=n,
        **choice,
        **options,
    )  # (提示词数 · n, T + 新词元数)
    new = outputs[:, batch.input_ids.shape[1] :]  # 只要新生成的词元，再解码
    texts = tokenizer.batch_decode(new, skip_special_tokens=True)
    return [texts[i : i + n] for i in range(0, len(texts), n)]


prompt = "# 取出大于 12 的数，每个加上 15，再求和\ndef f(xs):\n"
print(prompt + complete([prompt])[0][0], end="")

# %% 只取新生成的部分 tags=["varies"]
typed = "# 取出大于 ⑫ 的数，每个加上 ⑮，再求和\ndef f(xs):\n"  # 有人就是这样打数字
inputs = tokenizer(typed, return_tensors="pt")
with torch.inference_mode():
    outputs = model.generate(input_ids=inputs.input_ids, max_new_tokens=40)
start = inputs.input_ids.shape[1]
text = tokenizer.decode(outputs[0], skip_special_tokens=True)
new = tokenizer.decode(outputs[0, start:], skip_special_tokens=True)
print("提示词", len(typed), "字，还原后", len(text) - len(new), "字")
print("按字数切：", repr(text[len(typed) :]))
print("按词元切：", repr(new))

# %% 在哪里停 tags=["varies"]
stopped = complete([prompt], max_new_tokens=60)[0][0]
forced = complete([prompt], max_new_tokens=60, min_new_tokens=60)[0][0]


def cut_body(text):
    """只留开头连续的缩进行：遇到顶格的一行，函数就写完了。"""
    lines = text.splitlines(keepends=True)
    return "".join(itertools.takewhile(lambda line: line.startswith("    "), lines))


print("遇到结束符就停：", repr(stopped))
print("不许停：", repr(forced))
print("按缩进截断：", repr(cut_body(forced)))

# %% 语法检查
ALLOWED = {"f", "xs", "x", "abs", *REDUCES.values()}


def check_code(code):
    """运行之前的检查。返回问题的说明，没有问题返回空字符串。

    先看语法；再看名字：出现名单以外的名字、属性访问或导入，一律不运行
    """
    try:
        tree = ast.parse(code)
    except SyntaxError as error:
        return f"第 {error.lineno} 行语法错误"
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom | ast.Attribute):
            return f"不许出现 {type(node).__name__}"
        if isinstance(node, ast.Name) and node.id not in ALLOWED:
            return f"不许使用 {node.id}"
    return ""


HEAD = "def f(xs):\n"
candidates = {
    "正常": HEAD + "    return sum(x + 1 for x in xs if x > 2)\n",
    "少括号": HEAD + "    return sum(x + 1 for x in xs if x > 2\n",
    "死循环": HEAD + "    while True: pass\n",
    "占内存": HEAD + "    return len([0] * 10**8)\n",
    "看硬盘": HEAD + "    import os\n    return len(os.listdir(os.sep)) > 0\n",
}
for name, code in candidates.items():
    print(f"{name}：{check_code(code) or '通过'}")

# %% 放进独立进程
WORKER = """
import json, sys
if sys.platform.startswith("linux"):  # Windows 没有 resource，macOS 不认内存上限
    import resource
    resource.setrlimit(resource.RLIMIT_CPU, (1, 1))  # 最多 1 秒处理器时间
    resource.setrlimit(resource.RLIMIT_AS, (256 << 20, 256 << 20))  # 最多 256 MB
job = json.load(sys.stdin)
scope = {}
exec(job["code"], scope)
print(json.dumps([scope["f"](list(xs)) for xs in job["inputs"]]))
"""


@cache  # 同样的代码不必再跑一遍
def run_code(code, inputs):
    """在另一个 Python 进程里运行 f。

    inputs 是元组的元组，每个是一份 xs；返回各份结果的列表，出错则返回说明（字符串）
    """
    kept = {k: os.environ[k] for k in ("SYSTEMROOT",) if k in os.environ}
    with tempfile.TemporaryDirectory() as folder:
        try:
            done = subprocess.run(
                [sys.executable, "-I", "-S", "-c", WORKER],
                input=json.dumps({"code": code, "inputs": inputs}),
                capture_output=True,
                text=True,
                timeout=10,
                cwd=folder,  # 空文件夹
                env=kept,  # 环境变量里可能有密钥，不给它
            )
        except subprocess.TimeoutExpired:
            return "超时"
    if done.returncode < 0:
        return "超出限制，被系统终止"
    if done.returncode > 0:
        return done.stderr.strip().splitlines()[-1]
    return json.loads(done.stdout)


for name, code in candidates.items():
    print(f"{name}：{run_code(code, ((1, 2, 3, 4),))}")


# %% 判分
INPUTS = tuple(tuple(rng.randint(-60, 60) for _ in range(30)) for _ in range(6))


def judge(bodies, reference):
    """给一道题的各份续写判分。返回布尔列表：六组输入的结果全对才算对。

    参考答案自己跑不通时抛 RuntimeError：不然两边报同样的错也会算对
    """
    expected = run_code(HEAD + reference, INPUTS)
    if isinstance(expected, str):
        raise RuntimeError(f"参考答案跑不通：{expected}")
    codes = [HEAD + cut_body(body) for body in bodies]
    return [not check_code(c) and run_code(c, INPUTS) == expected for c in codes]


prompts = [p for p, _ in test]
samples, correct = {}, {}
for temperature, n in [(0.0, 1), (0.5, 10), (1.0, 10)]:
    samples[temperature] = complete(prompts, n, temperature)
    correct[temperature] = np.array(
        [judge(s, r) for s, (_, r) in zip(samples[temperature], test, strict=True)]
    )  # (题数, n)

# %% 判分的结果 tags=["varies"]
for temperature, right in correct.items():
    print(f"温度 {temperature}：每份答对的比例 {right.mean():.2f}", end="，")
    print(f"{right.shape[1]} 份里至少一份对的题 {right.any(axis=1).mean():.2f}")
for i in range(5):
    if not correct[1.0][i].all():  # 前几道题各看第一份没答对的
        wrong = cut_body(samples[1.0][i][correct[1.0][i].argmin()])
        print(prompts[i].splitlines()[0], "→", wrong.strip() or "（空）")


# %% pass@k 的估计
def pass_at_k(n, c, k):
    """n 份里有 c 份对时，“随便挑 k 份至少一份对”的概率的无偏估计。"""
    return 1 - comb(n - c, k) / comb(n, k)


n, c, k = 10, 3, 5
draws = np.random.default_rng(0)
marks = np.arange(n) < c
hits = [draws.choice(marks, k, replace=False).any() for _ in range(20000)]
print(f"公式 {pass_at_k(n, c, k):.3f}，抽样两万次 {np.mean(hits):.2f}")

p = 0.1  # 假设真实的答对率，看两种估计平均下来偏不偏
weights = [comb(n, c) * p**c * (1 - p) ** (n - c) for c in range(n + 1)]
unbiased = sum(w * pass_at_k(n, c, k) for c, w in enumerate(weights))
naive = sum(w * (1 - (1 - c / n) ** k) for c, w in enumerate(weights))
print(f"真值 {1 - (1 - p) ** k:.3f}，无偏估计 {unbiased:.3f}，直接代入 {naive:.3f}")

# %% pass@k 曲线 tags=["varies"]
ks = np.arange(1, 11)
curves = {
    t: [np.mean([pass_at_k(10, int(c), int(k)) for c in correct[t].sum(1)]) for k in ks]
    for t in (0.5, 1.0)
}
fig, ax = plt.subplots()
for (temperature, curve), marker in zip(curves.items(), "os", strict=True):
    ax.plot(ks, curve, marker=marker, label=f"温度 {temperature}")
    print(f"温度 {temperature}：pass@1 {curve[0]:.2f}，pass@10 {curve[-1]:.2f}")
ax.axhline(correct[0.0].mean(), color="C5", linestyle="--", label="贪心解码")
ax.set(xlabel="k", ylabel="pass@k", ylim=(0, 1.05), xticks=ks)
ax.legend(loc="lower right")
plt.show()


# %% 解释代码
def read_back(node, table):
    """在模板表里找与表达式一致的一条，填上数字。找不到返回 None。"""
    code = ast.unparse(node)
    for words, template in table.items():
        pattern = re.sub(r"\\{[nk]\\}", r"(\\d+)", re.escape(template))
        if found := re.fullmatch(pattern, code):
            return re.sub(r"\{[nk]\}", lambda _: found[1], words)
    return None


def explain_code(code):
    """把一类函数逐节点翻译成中文；不认识的结构直说不认识，不猜。"""
    try:
        returned = ast.parse(code).body[0].body[0].value
        loop = returned.args[0].generators[0]
        f, m = read_back(loop.ifs[0], FILTERS), read_back(returned.args[0].elt, MAPS)
        r = read_back(returned.func, REDUCES)
    except (SyntaxError, AttributeError, IndexError):
        return "不认识这种写法"
    return PHRASES[0].format(f=f, m=m, r=r) if f and m and r else "不认识这种写法"


# %% 解释三段代码
doubled = HEAD + "    return max(x * 2 for x in xs if x % 7 == 0)\n"
for code in [candidates["正常"], doubled, candidates["死循环"]]:
    print(code.splitlines()[1].strip(), "→", explain_code(code))

# %% 让续写模型解释 tags=["varies"]
asked = f"请解释以下代码的功能：\n{candidates['正常']}\n解释："
print(repr(complete([asked])[0][0]))


# %% 代码助手
class CodeAssistant:
    """代码助手：多写几份，只交出通过了检查和例子的那一份，并附上解释。"""

    def __init__(self, n=10, temperature=0.5):
        self.n, self.temperature = n, temperature

    def solve(self, request, examples):
        """返回字典：code（没有一份合格时是 None）、tried 看了几份、explanation。

        examples 是 (输入元组, 期望结果) 的列表
        """
        prompt = f"# {request}\n{HEAD}"
        inputs = tuple(tuple(xs) for xs, _ in examples)
        wanted = [value for _, value in examples]
        tried = 0
        for n, temperature in [(1, 0.0), (self.n, self.temperature)]:  # 先贪心，再采样
            for body in complete([prompt], n, temperature)[0]:
                tried += 1
                code = HEAD + cut_body(body)
                if not check_code(code) and run_code(code, inputs) == wanted:
                    why = explain_code(code)
                    return {"code": code, "tried": tried, "explanation": why}
        return {"code": None, "tried": tried, "explanation": ""}


assistant = CodeAssistant()
examples = [((1, 20, 30), 80), ((5, 13), 28)]  # (20+15) + (30+15)；13+15
result = assistant.solve("把大于 12 的数加上 15，然后求和", examples)

# %% 助手的回答 tags=["varies"]
print((result["code"] or "没有一份通过例子").rstrip())
print("看了", result["tried"], "份；解释：", result["explanation"])
impossible = assistant.solve("把大于 12 的数加上 15，然后求和", [((1, 20), 0.5)])
print("例子做不到时：", impossible["code"])

# %% 总长与新增长度 tags=["raises-exception"]
# max_length 连提示词一起算；这一格放在最后，因为它就是要出错
model.generate(input_ids=inputs.input_ids, max_length=20)
