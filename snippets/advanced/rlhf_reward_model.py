"""奖励模型：从“甲比乙好”里学出分数

在小 GPT 的主干上换一个打分的头，用成对的偏好训练。偏好由一条有噪声的规则给出，
所以真正的分差是已知的：训练完看它能不能找回来，再问几个它没见过的

来源：Bradley 与 Terry 1952；奖励模型的成对损失，Stiennon 等 2020（arXiv:2009.01325）
"""

# %% 准备
import copy
import json
import math
import random
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import nn
from transformers import AutoModelForCausalLM, AutoTokenizer

MODEL = "models/mini-gpt"
tokenizer = AutoTokenizer.from_pretrained(MODEL)
base = AutoModelForCausalLM.from_pretrained(MODEL).requires_grad_(False)
PAD = tokenizer.pad_token_id
WORDS = json.loads(Path("data/stories.json").read_text(encoding="utf-8"))["words"]
GIFTS = [word for word in WORDS["礼"] if len(word) == 3]
TASTE = {  # 标注者心里的分：分差越大，选前者的可能越大
    "大家都笑了。": 2.0,
    "大家都很高兴。": 1.0,
    "真是开心的一天。": 0.0,
    "他们成了好朋友。": -1.0,
}


# %% 成对的损失
def preference_loss(better, worse):
    """Bradley–Terry：−log σ(好的分 − 差的分)，输入各 (B,)，返回平均值"""
    return -F.logsigmoid(better - worse).mean()


loss = preference_loss(torch.tensor([2.0, 0.5]), torch.tensor([1.0, 1.5]))
by_hand = (math.log(1 + math.exp(-1)) + math.log(1 + math.exp(1))) / 2
print(f"函数 {loss:.4f}，手算 {by_hand:.4f}")


# %% 标注
def story(rng):
    """一个生日故事，写到结尾之前"""
    one, two = rng.sample(WORDS["人"], 2)
    gift = rng.choice(GIFTS)
    return f"{one}过生日，{two}送来一{gift}。{one}说：“这{gift}真好，谢谢{two}。”"


def label(rng, count):
    """count 对偏好：返回（更好的全文，更差的全文）的列表；分差 1 时约 27% 选反"""
    pairs = []
    for _ in range(count):
        start = story(rng)
        a, b = rng.sample(list(TASTE), 2)
        if rng.random() > 1 / (1 + math.exp(TASTE[b] - TASTE[a])):
            a, b = b, a
        pairs.append((start + a, start + b))
    return pairs


def encode(texts):
    """全文的列表 -> 编号 (B, T)，末尾加 `<eos>`，右边补 PAD"""
    rows = [torch.tensor([*tokenizer(t).input_ids, tokenizer.eos_token_id]) for t in texts]
    return nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=PAD)


rng = random.Random(0)
train, test = label(rng, 2000), label(rng, 500)
print("更好的：", train[0][0])
print("更差的：", train[0][1])


# %% 打分的头
class RewardModel(nn.Module):
    """自己的一份主干，加一个标量头，取最后一个真词元：一条全文一个分"""

    def __init__(self, model):
        super().__init__()
        self.trunk = copy.deepcopy(model.model).requires_grad_(True)  # 不与策略共用
        self.head = nn.Linear(model.config.hidden_size, 1, bias=False)
        nn.init.zeros_(self.head.weight)

    def forward(self, ids):
        """ids (B, T)，右边可以有 PAD -> 分数 (B,)"""
        hidden = self.trunk(ids).last_hidden_state  # (B, T, C)
        last = (ids != PAD).sum(1) - 1  # (B,)，最后一个真词元在哪里
        return self.head(hidden[torch.arange(len(ids)), last])[:, 0]


# %% 训练
torch.manual_seed(0)
reward_model = RewardModel(base)
optimizer = torch.optim.AdamW(reward_model.parameters(), lr=1e-3, weight_decay=0)
both = encode([text for pair in train for text in pair])  # 好的、差的交替排列
both = both.reshape(len(train), 2, -1)  # (N, 2, T)
for _ in range(70):
    batch = both[torch.randint(len(both), (48,))]  # (48, 2, T)
    scores = reward_model(batch.flatten(0, 1)).reshape(48, 2)
    loss = preference_loss(scores[:, 0], scores[:, 1])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()


def ending_of(text):
    """全文以哪一种结尾收尾"""
    return next(e for e in TASTE if text.endswith(e))


with torch.no_grad():
    margin = reward_model(encode([a for a, _ in test])) - reward_model(encode([b for _, b in test]))
right = (margin > 0).float().mean().item()
truth = [TASTE[ending_of(a)] > TASTE[ending_of(b)] for a, b in test]
possible = sum(truth) / len(test)
print(f"没见过的 500 对：奖励模型判对 {right:.2f}，知道真分的人判对 {possible:.2f}")

# %% 找回分差
with torch.no_grad():
    starts = [story(rng) for _ in range(100)]
    score = {e: reward_model(encode([s + e for s in starts])).mean().item() for e in TASTE}
shift = sum(TASTE.values()) / 4 - sum(score.values()) / 4  # 只有分差有意义，平移到一样高
for ending, taste in TASTE.items():
    print(f"{ending:9s} 真分 {taste:+.0f}，学到 {score[ending] + shift:+.1f}")

# %% 没见过的结尾
with torch.no_grad():
    for ending in ["大家都笑了。", "大家都不笑了。", "笑笑笑笑笑笑。", "跑跑跑跑跑跑。", "谢谢谢谢谢谢。"]:
        scores = reward_model(encode([s + ending for s in starts])) + shift
        print(f"{scores.mean():+.1f}  {ending}")
