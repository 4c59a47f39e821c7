"""BLIP 的两个类：会描述的不会答题

同一种图、同一份词表，各训练一个很小的 BlipForConditionalGeneration 与
BlipForQuestionAnswering，再问它们同样的问题：前者把问题当作描述的开头接着写，
后者先让问题看图，再另起一句作答。两个模型都是现场从随机权重训练的。

来源：BLIP，Li 等 2022（arXiv:2201.12086）；transformers 的 BLIP 文档
"""

# %% 准备
import matplotlib.pyplot as plt
import numpy as np
import torch
from transformers import (
    BlipConfig,
    BlipForConditionalGeneration,
    BlipForQuestionAnswering,
)

torch.manual_seed(0)
rng = np.random.default_rng(0)

COLORS = {
    "红色": (0.86, 0.22, 0.20),
    "黄色": (0.95, 0.78, 0.20),
    "蓝色": (0.20, 0.36, 0.85),
    "绿色": (0.20, 0.62, 0.35),
}
WORDS = ["[PAD]", "[CLS]", "[SEP]", "背景", "上", "有", "的", "圆", "是", "什么", "？"]
WORDS += ["颜色", *COLORS]
ID = {word: i for i, word in enumerate(WORDS)}
PAD, CLS, SEP = range(3)

# %% 图与文字
ys, xs = np.mgrid[:32, :32]


def draw(circle, ground):
    """一种颜色的背景上一个圆。返回 (3, 32, 32) 的 float32，像素在 −1 与 1 之间。"""
    cx, cy = rng.uniform(9, 23, 2)
    image = np.full((32, 32, 3), COLORS[ground])
    image[(xs - cx) ** 2 + (ys - cy) ** 2 <= rng.uniform(6, 9) ** 2] = COLORS[circle]
    return (2 * image - 1).astype(np.float32).transpose(2, 0, 1)


def make_batch(count):
    """返回 (count, 3, 32, 32) 的图与 (圆的颜色, 背景的颜色) 的列表，两色不同。"""
    pairs = [rng.permutation(list(COLORS))[:2].tolist() for _ in range(count)]
    return torch.from_numpy(np.stack([draw(*pair) for pair in pairs])), pairs


def caption(circle, ground):
    """描述：蓝色背景上有红色的圆。"""
    return [ground, "背景", "上", "有", circle, "的", "圆"]


QUESTIONS = [["圆", "是", "什么", "颜色", "？"], ["背景", "是", "什么", "颜色", "？"]]


def encode(sentences):
    """等长的词列表 → (句数, 词数 + 2) 的编号，头尾是 [CLS] 与 [SEP]。"""
    return torch.tensor([[CLS, *(ID[w] for w in words), SEP] for words in sentences])


def decode(ids):
    """编号 → 文字，略去三个特殊词元。"""
    return "".join(WORDS[i] for i in ids.tolist() if i > SEP)


print("描述：", "".join(caption("红色", "蓝色")))
for words in QUESTIONS:
    print("问题：", "".join(words))

# %% 两个类的零件
size = {
    "hidden_size": 48,
    "intermediate_size": 96,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "initializer_range": 0.1,  # 视觉部分的默认值小到学不动
}
config = BlipConfig(
    vision_config={**size, "image_size": 32, "patch_size": 8},
    text_config={
        **size,
        "vocab_size": len(WORDS),
        "encoder_hidden_size": 48,
        "max_position_embeddings": 16,
        "bos_token_id": CLS,
        "pad_token_id": PAD,
        "eos_token_id": SEP,
        "sep_token_id": SEP,
        "hidden_dropout_prob": 0.0,
        "attention_probs_dropout_prob": 0.0,
        "label_smoothing": 0.0,
    },
)
# 换成真模型：captioner 用 from_pretrained("Salesforce/blip-image-captioning-base")，
# answerer 用 from_pretrained("Salesforce/blip-vqa-base")，图与文字交给 BlipProcessor
captioner = BlipForConditionalGeneration(config)
answerer = BlipForQuestionAnswering(config)
for model in (captioner, answerer):
    print(type(model).__name__)
    for name, _ in model.named_children():
        print("   ", name)


# %% 各学各的
def fit(model, make_inputs, steps=130, lr=3e-3):
    """训练 steps 步；make_inputs(颜色对的列表) 给出 input_ids 与 labels。"""
    optimizer = torch.optim.AdamW(model.parameters(), lr=lr)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, lr, total_steps=steps, pct_start=0.1
    )
    model.train()
    for _ in range(steps):
        images, pairs = make_batch(32)
        loss = model(pixel_values=images, **make_inputs(pairs)).loss
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
    model.eval()


def caption_inputs(pairs):
    """看图说话：输入与标签都是描述，(B, 9)。"""
    ids = encode([caption(*pair) for pair in pairs])
    return {"input_ids": ids, "labels": ids}


def answer_inputs(pairs):
    """视觉问答：输入是问题 (B, 7)，标签是答案 (B, 3)。"""
    which = rng.integers(2, size=len(pairs))  # 问圆，还是问背景
    asked = [QUESTIONS[i] for i in which]
    answers = [[pair[i]] for pair, i in zip(pairs, which, strict=True)]
    return {"input_ids": encode(asked), "labels": encode(answers)}


fit(captioner, caption_inputs)
fit(answerer, answer_inputs)

images, pairs = make_batch(200)
written = captioner.generate(pixel_values=images, max_new_tokens=10)
right = [
    decode(ids) == "".join(caption(*pair))
    for ids, pair in zip(written, pairs, strict=True)
]
print(f"新图上描述全对的约占 {np.mean(right):.1f}")

# %% 问同样的问题 tags=["varies"]
fig, ax = plt.subplots(figsize=(2.4, 2.4))
fig.set_label("png")
ax.imshow(((images[0] + 1) / 2).permute(1, 2, 0).numpy(), interpolation="nearest")
ax.set_axis_off()
plt.show()

continued, scores = {}, {}
for i, words in enumerate(QUESTIONS):
    ids = encode([words] * len(images))
    # 描述的类会就地改写 input_ids 的第一列，并且丢掉最后的 [SEP]，所以给它一份副本
    carried_on = captioner.generate(
        pixel_values=images, input_ids=ids.clone(), max_new_tokens=8
    )
    answers = answerer.generate(pixel_values=images, input_ids=ids, max_new_tokens=4)
    continued[decode(ids[0])] = [decode(row) for row in carried_on]
    scores[decode(ids[0])] = np.mean(
        [decode(row) == pair[i] for row, pair in zip(answers, pairs, strict=True)]
    )
    print("问题：", decode(ids[0]))
    print("  描述的类写出：", decode(carried_on[0]))
    print("  问答的类写出：", decode(answers[0]))
for asked, score in scores.items():
    print(f"{asked} 问答的类答对的比例：{score:.2f}")
