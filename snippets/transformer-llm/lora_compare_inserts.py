"""不改权重矩阵的三种办法：适配器、前缀微调、P-Tuning v2

与 lora_compare.py 同样的题、同样的步数：在每层后面插一个瓶颈网络；在每层注意力的
键和值前面接几个学出来的向量，直接学（P-Tuning v2 的做法），或由一个小网络生成
（前缀微调原来的做法）

来源：Houlsby et al. 2019（arXiv:1902.00751）；Li 与 Liang 2021（arXiv:2101.00190）；
Liu et al. 2021《P-Tuning v2》（arXiv:2110.07602）
"""

# %% 准备
import copy
import json
import random
import re
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F
from transformers import AutoModelForCausalLM, AutoTokenizer, DynamicCache

MODEL = "models/mini-gpt"
STEPS, SIZE = 200, 8  # 每种办法练同样多：200 步，每步 8 道题
GRAMMAR = json.loads(Path("data/stories.json").read_text(encoding="utf-8"))
WORDS = GRAMMAR["words"]
STORIES = [GRAMMAR["stories"][i] for i in (2, 6, 8)]  # 遇见、过生日、打电话
tokenizer = AutoTokenizer.from_pretrained(MODEL)
base = AutoModelForCausalLM.from_pretrained(MODEL)


def ask(rng, exam=False):
    """讲一个故事，再问一个问题，返回 (故事, 问题, 回答)；考试的组合训练里没有"""
    while True:
        story, filled = rng.choice(STORIES), {}
        for slot in dict.fromkeys(re.findall(r"{(.+?)}", story["text"])):
            free = [w for w in WORDS[slot[0]] if w not in filled.values()]
            filled[slot] = rng.choice(free)
        pair = [WORDS[s[0]].index(w) for s, w in filled.items() if s[0] != "时"][:2]
        if (sum(pair) % 5 == 0) == exam:
            question, answer = rng.choice(story["questions"])
            texts = (story["text"], question, answer)
            return tuple(text.format(**filled) for text in texts)


def encode(text):
    """文字 -> 编号的列表"""
    return tokenizer(text, add_special_tokens=False).input_ids


def collate(items):
    """题目拼成一批，只在回答上算损失，返回 ids、labels，各 (B, T)"""
    rows = []
    for story, question, answer in items:
        prompt = encode(f"<bos><|user|>{story}{question}<|end|><|assistant|>")
        reply = encode(f"{answer}<eos>")
        rows.append((prompt + reply, [-100] * len(prompt) + reply))
    length = max(len(ids) for ids, _ in rows)
    ids = [ids + [0] * (length - len(ids)) for ids, _ in rows]  # 在右边补齐
    labels = [labels + [-100] * (length - len(labels)) for _, labels in rows]
    return torch.tensor(ids), torch.tensor(labels)


EXAM = [ask(random.Random(f"考题 {i}"), exam=True) for i in range(300)]


# %% 适配器
class Adapter(nn.Module):
    """包住一个子层，在它的输出后面加一个瓶颈：h + up(silu(down(h)))"""

    def __init__(self, inner, width, bottleneck):
        """up 从 0 开始，所以一开始什么也没变"""
        super().__init__()
        self.inner = inner
        self.down = nn.Linear(width, bottleneck)
        self.up = nn.Linear(bottleneck, width)
        nn.init.normal_(self.down.weight, std=0.25)
        nn.init.zeros_(self.up.weight)
        nn.init.zeros_(self.up.bias)

    def forward(self, *args, **kwargs):
        """与被包住的子层同样的输入与输出；注意力返回 (输出, 权重)"""
        out = self.inner(*args, **kwargs)
        h = out[0] if isinstance(out, tuple) else out  # (B, T, 64)
        h = h + self.up(F.silu(self.down(h)))  # 64 -> 16 -> 64
        return (h, *out[1:]) if isinstance(out, tuple) else h


class WithAdapters(nn.Module):
    """每层两个适配器：注意力之后一个，前馈之后一个"""

    def __init__(self, bottleneck=16, seed=0):
        """从 base 复制一份，冻结，再插入"""
        super().__init__()
        torch.manual_seed(seed)
        self.llama = copy.deepcopy(base).model.requires_grad_(False)
        for layer in self.llama.layers:
            layer.self_attn = Adapter(layer.self_attn, 64, bottleneck)
            layer.mlp = Adapter(layer.mlp, 64, bottleneck)

    def forward(self, ids):
        """(B, T) 的编号 -> (B, T, 64) 的隐藏向量"""
        return self.llama(ids, use_cache=False).last_hidden_state


# %% 前缀
class WithPrefix(nn.Module):
    """在每层的键和值前面接 n 个学出来的向量；project 表示由一个小网络生成它们"""

    def __init__(self, n=16, project=False, seed=0):
        """两层、四个头、每头 16 维，键和值各一份"""
        super().__init__()
        torch.manual_seed(seed)
        self.llama = copy.deepcopy(base).model.requires_grad_(False)
        self.n = n
        if project:  # n 个 64 维的向量，经两层网络变成 2 × 2 × 4 × 16
            self.seeds = nn.Parameter(torch.randn(n, 64))
            self.net = nn.Sequential(nn.Linear(64, 64), nn.Tanh(), nn.Linear(64, 256))
        else:
            self.seeds = nn.Parameter(torch.randn(n, 256))
            self.net = nn.Identity()

    def cache(self, size):
        """做成一份 KV 缓存，好像这 n 个位置已经读过了"""
        kv = self.net(self.seeds).view(self.n, 2, 2, 4, 16)  # 位置、层、键或值、头、维
        cache = DynamicCache()
        for i, (key, value) in enumerate(kv.permute(1, 2, 3, 0, 4)):  # 各 (4, n, 16)
            cache.update(key.expand(size, -1, -1, -1), value.expand(size, -1, -1, -1), i)
        return cache

    def forward(self, ids):
        """(B, T) 的编号 -> (B, T, 64) 的隐藏向量，前缀自己的位置不在里面"""
        return self.llama(ids, past_key_values=self.cache(len(ids))).last_hidden_state


base.requires_grad_(False)
ids, _ = collate(EXAM[:4])
plain = base.model(ids).last_hidden_state
fresh, prefixed = WithAdapters(), WithPrefix()
print("刚插入适配器，输出不变：", torch.equal(fresh(ids), plain))
print("刚接上前缀，输出不变：", torch.allclose(prefixed(ids), plain, atol=1e-2))


# %% 同样的训练与考试
def scores(model, ids, labels):
    """只在要算损失的 n 个位置打分，返回 (n, V) 的打分、(n,) 的答案与所在的行"""
    keep = labels[:, 1:] != -100
    hidden = model(ids)[:, :-1][keep]  # (n, 64)，第 t 个位置预测第 t+1 个词元
    logits = hidden @ model.llama.embed_tokens.weight.T  # 输入与输出共用一张嵌入表
    return logits, labels[:, 1:][keep], keep.nonzero()[:, 0]


def train(model, learning_rate, seed=0):
    """训练 STEPS 步，每步 SIZE 道题"""
    rng = random.Random(seed)
    parameters = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(parameters, lr=learning_rate, weight_decay=0)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, learning_rate, total_steps=STEPS, pct_start=0.1)
    for _ in range(STEPS):
        logits, target, _ = scores(model, *collate([ask(rng) for _ in range(SIZE)]))
        loss = F.cross_entropy(logits, target)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        schedule.step()


@torch.inference_mode()
def accuracy(model):
    """每个字都猜对的题才算对，与贪心作答一字不差是一回事"""
    logits, target, row = scores(model, *collate(EXAM))
    wrong = set(row[logits.argmax(dim=-1) != target].tolist())
    return 1 - len(wrong) / len(EXAM)


def training_bytes(model):
    """一步训练多占的字节：(梯度与 Adam 状态, 反向要留的激活)"""
    count = sum(p.numel() for p in model.parameters() if p.requires_grad)
    own = {p.untyped_storage().data_ptr() for p in [*model.parameters(), *base.parameters()]}
    held = {}

    def pack(tensor):
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in own:
            held[storage.data_ptr()] = storage.nbytes()
        return tensor

    rng = random.Random(0)
    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        loss = scores(model, *collate([ask(rng) for _ in range(SIZE)]))[0].sum()
    del loss
    return count * (4 + 8), sum(held.values())  # 32 位：梯度 4，两份状态 8


# %% 跑三遍
RUNS = {  # 名字: (模型, 学习率)
    "瓶颈适配器": (WithAdapters(), 1e-2),
    "前缀微调，带小网络": (WithPrefix(project=True), 1e-2),
    "P-Tuning v2，直接学": (WithPrefix(), 6e-2),
}
RESULT = {}
for name, (model, learning_rate) in RUNS.items():
    count = sum(p.numel() for p in model.parameters() if p.requires_grad)
    state, activation = training_bytes(model)
    train(model, learning_rate)
    RESULT[name] = accuracy(model)
    print(f"{name}：训练 {count:,} 个")
    print(f"  梯度与状态 {state / 1e3:.0f} KB，激活 {activation / 1e6:.0f} MB")

# %% 结论
print("适配器比两种前缀高：", RESULT["瓶颈适配器"] > max(list(RESULT.values())[1:]))

# %% 答对的比例 tags=["varies"]
for name, right in RESULT.items():
    print(f"{name}：答对 {right:.0%}")
