"""用今天的 trl 再做一遍：奖励模型、DPO、GRPO

trl 的三个训练器各跑几步，认清每个参数对应前面的哪个符号；再把 DPO 的损失与手写的比较。
PPO 的训练器在 1.16 版里已经删掉

来源：trl 1.16 的源码与文档（RewardTrainer、DPOTrainer、GRPOTrainer）
"""

# %% 准备
import json
import math
import random
from pathlib import Path

import torch
import torch.nn.functional as F
from datasets import Dataset
from transformers import (
    AutoModelForCausalLM,
    AutoModelForSequenceClassification,
    AutoTokenizer,
    PrinterCallback,
)
from trl import DPOConfig, DPOTrainer, GRPOConfig, GRPOTrainer, RewardConfig, RewardTrainer

MODEL = "models/mini-gpt"
tokenizer = AutoTokenizer.from_pretrained(MODEL)
WORDS = json.loads(Path("data/stories.json").read_text(encoding="utf-8"))["words"]
COMMON = {  # 三个训练器共用：不存盘、不汇报、只用 CPU
    "use_cpu": True,
    "report_to": "none",
    "save_strategy": "no",
    "disable_tqdm": True,
    "logging_strategy": "no",
    "output_dir": "unused",
    "bf16": False,  # 默认用 bf16，在小模型上与手写的对不齐
}


def story(rng):
    """一个生日故事，写到结尾之前"""
    one, two = rng.sample(WORDS["人"], 2)
    gift = rng.choice(WORDS["礼"])
    return f"{one}过生日，{two}送来一{gift}。{one}说：“这{gift}真好，谢谢{two}。”"


rng = random.Random(0)
pairs = Dataset.from_list(
    [
        {"prompt": story(rng), "chosen": "大家都笑了。", "rejected": rng.choice(WORDS["尾"][1:])}
        for _ in range(64)
    ]
)
print(pairs[0])


def quietly(trainer):
    """训练，不让它把统计印到屏幕上"""
    trainer.remove_callback(PrinterCallback)
    return trainer.train()


# %% 奖励模型
torch.manual_seed(0)
trainer = RewardTrainer(
    model=AutoModelForSequenceClassification.from_pretrained(
        MODEL, num_labels=1, pad_token_id=tokenizer.pad_token_id
    ),
    args=RewardConfig(max_steps=15, per_device_train_batch_size=16, learning_rate=1e-3, **COMMON),
    processing_class=tokenizer,
    train_dataset=pairs,
)
average = quietly(trainer).training_loss
print("15 步的平均损失低于 ln 2 的一半：", average < math.log(2) / 2)

# %% DPO
torch.manual_seed(0)
trainer = DPOTrainer(
    model=AutoModelForCausalLM.from_pretrained(MODEL),
    args=DPOConfig(
        beta=0.5, max_steps=15, per_device_train_batch_size=16, learning_rate=3e-4, **COMMON
    ),
    processing_class=tokenizer,
    train_dataset=pairs,
)
batch = next(iter(trainer.get_train_dataloader()))
print("一批里有：", sorted(batch))
print("前一半是更好的，后一半是更差的：", tuple(batch["input_ids"].shape))


def trl_loss():
    """trl 在这一批上的损失"""
    trainer.model.eval()
    with torch.no_grad():
        return trainer.compute_loss(trainer.model, dict(batch)).item()


print(f"策略就是参考：{trl_loss():.4f}，ln 2 = {math.log(2):.4f}")
quietly(trainer)
print("训练之后变小了：", trl_loss() < 0.6)


# %% 与手写的比较
def log_prob(model, ids, mask):
    """整个回答的对数概率：编号与回答的掩码，各 (B, T) -> (B,)"""
    chance = model(ids).logits[:, :-1].log_softmax(-1)  # (B, T − 1, V)
    taken = chance.gather(2, ids[:, 1:, None])[..., 0]
    return (taken * mask[:, 1:]).sum(1)


policy, reference = trainer.model, AutoModelForCausalLM.from_pretrained(MODEL)
with torch.no_grad():
    ids, mask = batch["input_ids"], batch["completion_mask"]
    gain = log_prob(policy, ids, mask) - log_prob(reference, ids, mask)
    better, worse = gain.chunk(2)
    ours = -F.logsigmoid(0.5 * (better - worse)).mean().item()
print("手写的 DPO 损失与 trl 相同：", math.isclose(ours, trl_loss(), abs_tol=1e-4))


# %% GRPO tags=["varies"]
def laughs(completions, **_):
    """打分函数：收到一批回答，逐个给分"""
    return [float(text == "大家都笑了。") for text in completions]


torch.manual_seed(0)
trainer = GRPOTrainer(
    model=MODEL,
    reward_funcs=laughs,
    args=GRPOConfig(
        max_steps=8,
        per_device_train_batch_size=32,
        num_generations=8,  # 一组写几条，就是 G
        max_completion_length=10,
        beta=0.05,  # KL 的系数；默认是 0
        loss_type="grpo",  # 默认是 dapo，长回答的权重不同
        learning_rate=1e-3,
        **COMMON | {"logging_strategy": "steps", "logging_steps": 1},
    ),
    train_dataset=pairs.select_columns("prompt"),
)
quietly(trainer)
log = [entry["reward"] for entry in trainer.state.log_history if "reward" in entry]
print("每一步的平均分：", [round(score, 1) for score in log])

# %% 没有 PPO
import trl

for name in ("RewardTrainer", "DPOTrainer", "GRPOTrainer", "PPOTrainer"):
    print(f"{name:14} {'有' if hasattr(trl, name) else '没有'}")
