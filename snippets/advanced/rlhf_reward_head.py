"""奖励模型的头：常见的三处错，以及改法

用一个随机权重的小 Llama 说明：因果语言模型的输出里没有 last_hidden_state；
每个词元一个分不等于每条序列一个分；奖励模型与策略共用一个对象，训练一个就动了
另一个。改好之后与 LlamaForSequenceClassification 的分数逐一相等。

来源：奖励模型把输出头换成一个标量，见 Stiennon 等 2020（arXiv:2009.01325）
"""

# %% 准备
import copy

import torch
import torch.nn as nn
import torch.nn.functional as F
from transformers import (
    LlamaConfig,
    LlamaForCausalLM,
    LlamaForSequenceClassification,
)

torch.manual_seed(0)
PAD = 0
config = LlamaConfig(
    vocab_size=50,
    hidden_size=32,
    intermediate_size=64,
    num_hidden_layers=2,
    num_attention_heads=4,
    pad_token_id=PAD,
    num_labels=1,
)
# 换成真模型：LlamaForCausalLM.from_pretrained("models/mini-gpt")
policy = LlamaForCausalLM(config)
ids = torch.tensor([[5, 6, 7, 8, 9], [5, 6, 7, PAD, PAD]])  # 两条，第二条补了两格
mask = (ids != PAD).long()

# %% 取错了输出 tags=["raises-exception"]
policy(input_ids=ids, attention_mask=mask).last_hidden_state

# %% 每个词元一个分
hidden = policy.model(input_ids=ids, attention_mask=mask).last_hidden_state
head = nn.Linear(config.hidden_size, 1)
per_token = head(hidden).squeeze(-1)
print("隐藏状态：", tuple(hidden.shape))
print("每个词元一个分：", tuple(per_token.shape), "，要的是 (2,)")

# %% 共用一个对象
before = policy(input_ids=ids[:1]).logits.detach()
shared = copy.deepcopy(policy)  # 演示用的副本，免得弄坏后面要用的策略
trunk = shared.model  # 没有复制：奖励模型的主干就是策略的主干
optimizer = torch.optim.SGD([*trunk.parameters(), *head.parameters()], lr=0.1)
head(trunk(input_ids=ids[:1]).last_hidden_state).sum().backward()
optimizer.step()
moved = (shared(input_ids=ids[:1]).logits - before).abs().max().item()
print("只训练奖励，策略的 logits 变了：", moved > 1e-3)


# %% 改好的写法
class RewardModel(nn.Module):
    """自己的主干，加一个标量头，取最后一个真实词元：一条序列一个分。"""

    def __init__(self, policy):
        super().__init__()
        self.trunk = copy.deepcopy(policy.model)  # 从策略的权重起步，但各走各的
        self.head = nn.Linear(policy.config.hidden_size, 1, bias=False)

    def forward(self, input_ids, attention_mask):
        """input_ids、attention_mask: (B, T)，右边补齐 -> 分数 (B,)。"""
        hidden = self.trunk(
            input_ids=input_ids, attention_mask=attention_mask
        ).last_hidden_state  # (B, T, C)
        last = attention_mask.sum(1) - 1  # (B,)
        return self.head(hidden[torch.arange(len(hidden)), last])[:, 0]


reward_model = RewardModel(policy)
scores = reward_model(ids, mask)
alone = reward_model(ids[1:, :3], mask[1:, :3])  # 第二条去掉 PAD 单独算
print("分数的形状：", tuple(scores.shape))
print("补不补 PAD 一样：", torch.allclose(scores[1:], alone, atol=1e-6))

before = policy(input_ids=ids[:1]).logits.detach()
optimizer = torch.optim.SGD(reward_model.parameters(), lr=0.1)
(-F.logsigmoid(scores[0] - scores[1])).backward()
optimizer.step()
same = torch.equal(before, policy(input_ids=ids[:1]).logits)
print("训练一步之后，策略原样不动：", same)

# %% 与现成的类对照
ready = LlamaForSequenceClassification(config)
ready.model.load_state_dict(reward_model.trunk.state_dict())
ready.score.load_state_dict(reward_model.head.state_dict())
with torch.no_grad():
    ours = reward_model(ids, mask)
    theirs = ready(input_ids=ids, attention_mask=mask).logits[:, 0]
print(f"最大的差：{(ours - theirs).abs().max().item():.1e}")
