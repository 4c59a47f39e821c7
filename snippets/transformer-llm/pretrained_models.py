"""用 transformers 加载一个预训练模型

把《从零训练自己的小 GPT》存下来的模型当成任意一个预训练模型来用：加载、分词、
看下一个词元的概率、生成。顺手改掉常见的几处误用：没有 do_sample 的 temperature、
混淆 max_length 与 max_new_tokens、按字符数切掉提示词、批量时从右边补齐。

来源：transformers 文档 “Generation strategies” 与 GenerationConfig；
核采样（top-p），Holtzman 等 2020（arXiv:1904.09751，第 3.1 节）
"""

# %% 准备
import copy
import textwrap

import matplotlib.pyplot as plt
import torch
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    RepetitionPenaltyLogitsProcessor,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
    pipeline,
    set_seed,
)

MODEL = "models/mini-gpt"  # 换成真模型的文件夹，加载不用改；提示词是照这个小模型写的

# %% 加载
tokenizer = AutoTokenizer.from_pretrained(MODEL)
model = AutoModelForCausalLM.from_pretrained(MODEL)

print(type(tokenizer).__name__, "词表", len(tokenizer))
print(type(model).__name__, f"{model.num_parameters():,} 个参数")
print("训练模式：", model.training)  # from_pretrained 已经调用过 eval()

# %% 分词
text = "早上，小红在公园"
inputs = tokenizer(text, return_tensors="pt")
for name, value in inputs.items():
    print(name, tuple(value.shape))
    print(*value[0].tolist())
print("词元：", *tokenizer.convert_ids_to_tokens(inputs.input_ids[0]))
print("解码：", tokenizer.decode(inputs.input_ids[0]))
print("不要特殊词元：", tokenizer.decode(inputs.input_ids[0], skip_special_tokens=True))
print("生字：", *tokenizer.tokenize("看《红楼梦》"))

# %% 打分变成概率
with torch.inference_mode():
    logits = model(**inputs).logits  # (1, T, V)
probs = logits[0, -1].softmax(-1)  # 最后一个位置，预测的就是下一个字

print("形状：", tuple(logits.shape), "概率之和：", round(probs.sum().item(), 3))
for p, i in zip(*probs.topk(5), strict=True):
    print(f"下一个字是“{tokenizer.decode(i)}”：{p.item():.2f}")

# %% 两处的概率
prompts = {
    "故事才开始": "早上，小红",
    "前面说过家在桥头": ("小红家在桥头。早上，小红遇见了小明。小明问：“你家在哪里？”小红说：“我家在"),
}
fig, axes = plt.subplots(1, 2, figsize=(5.4, 2.8), sharey=True)
for ax, (title, prompt) in zip(axes, prompts.items(), strict=True):
    with torch.inference_mode():
        ids = tokenizer(prompt, return_tensors="pt").input_ids
        top = model(ids).logits[0, -1].softmax(-1).topk(6)
    ax.bar([tokenizer.decode(i) for i in top.indices], top.values.tolist())
    ax.set(title=title, ylim=(0, 1))
    ax.grid(axis="x", visible=False)
    print(f"…{prompt[-8:]} -> {tokenizer.decode(top.indices[0])}")
axes[0].set_ylabel("下一个字的概率")
plt.show()

# %% 贪心生成
inputs = tokenizer("早上，小红在公园", return_tensors="pt")
greedy = model.generate(**inputs, max_new_tokens=72, do_sample=False)
text = tokenizer.decode(greedy[0], skip_special_tokens=True)
print(textwrap.fill(text, 22))  # 22 个字一行，手机上也看得全

# %% 采样
set_seed(0)
settings = {"do_sample": True, "temperature": 0.7, "top_p": 0.9}
sampled = model.generate(**inputs, max_new_tokens=72, num_return_sequences=3, **settings)
stories = tokenizer.batch_decode(sampled, skip_special_tokens=True)
for story in stories:
    print(textwrap.fill("* " + story, 22))

# %% 没有 do_sample 的温度
ignored = model.generate(**inputs, max_new_tokens=72, temperature=0.7)
print("与贪心逐字相同：", torch.equal(greedy, ignored))


# %% 温度、top-k 与 top-p 各做了什么
def after(warper, logits):
    """把一个位置的打分 (1, V) 交给 warper，返回改动后的概率 (V,)。"""
    return warper(None, logits).softmax(-1)[0]


with torch.inference_mode():
    ids = tokenizer("早上，小红", return_tensors="pt").input_ids
    scores = model(ids).logits[:, -1]  # (1, V)
warpers = {
    "原样": TemperatureLogitsWarper(1.0),
    "温度 0.5": TemperatureLogitsWarper(0.5),
    "温度 2.0": TemperatureLogitsWarper(2.0),
    "top-k 3": TopKLogitsWarper(3),
    "top-p 0.8": TopPLogitsWarper(0.8),
}
for name, warper in warpers.items():
    probs = after(warper, scores)
    kept = (probs > 0).sum().item()
    print(f"最大 {probs.max():.2f}，剩 {kept:3} 个字  {name}")

# %% 分数与概率
out = model.generate(**inputs, max_new_tokens=4, do_sample=False, return_dict_in_generate=True, output_scores=True)
chances = model.compute_transition_scores(out.sequences, out.scores, normalize_logits=True)[0].exp()
for token, chance in zip(out.sequences[0, -4:], chances, strict=True):
    print(f"{tokenizer.decode(token)} 的概率 {chance:.2f}")
print(f"四个字连起来 {chances.prod():.2f}")

# %% 一次要几个 tags=["raises-exception"]
model.generate(**inputs, max_new_tokens=8, do_sample=False, num_return_sequences=3)

# %% 重复惩罚
prompt = "小红家在桥头。早上，小红遇见了小明。小明问：“你家在哪里？”小红说：“我家在"
ids = tokenizer(prompt, return_tensors="pt").input_ids
with torch.inference_mode():
    scores = model(ids).logits[:, -1]
seen = tokenizer.convert_tokens_to_ids("桥")  # 提示词里有它，这里也该写它
for penalty in [1.0, 1.3, 2.0, 3.0]:
    punished = RepetitionPenaltyLogitsProcessor(penalty)(ids, scores.clone())
    print(f"惩罚 {penalty}：打分 {punished[0, seen]:.1f}，概率 {punished.softmax(-1)[0, seen]:.3f}")

# %% 长度的两种说法
inputs = tokenizer("星期天，小明打电话问小兰：“你在哪里？”", return_tensors="pt")
prompt_length = inputs.input_ids.shape[1]
for limit in ["max_length", "max_new_tokens"]:
    out = model.generate(**inputs, do_sample=False, **{limit: 30})
    print(f"{limit}=30：提示 {prompt_length} + 新写 {out.shape[1] - prompt_length}")

# %% 只解码新写的部分
prompt = "早上，小红去看《红楼梦》。"
inputs = tokenizer(prompt, return_tensors="pt")
out = model.generate(**inputs, max_new_tokens=12, do_sample=False)
whole = tokenizer.decode(out[0], skip_special_tokens=True)
print("按字符数切：", whole[len(prompt) :])
print("按词元切：", tokenizer.decode(out[0, inputs.input_ids.shape[1] :]))

# %% 流水线
generator = pipeline("text-generation", model=model, tokenizer=tokenizer)
prompt = "放学后，小亮想借一盏灯"
for settings in [{}, {"do_sample": False}]:
    told = set()
    for seed in range(4):
        set_seed(seed)
        results = generator(prompt, max_new_tokens=72, return_full_text=False, **settings)
        told.add(results[0]["generated_text"])
    print(f"换种子会变：{len(told) > 1}  {settings}")

# %% 默认值从哪里来
for key, value in model.generation_config.to_diff_dict().items():
    print(key, value)
chatty = copy.deepcopy(model)
chatty.generation_config.do_sample = True  # 许多对话模型的 generation_config.json 这样写
chatty.generation_config.temperature = 0.7
inputs = tokenizer("早上，小红在公园", return_tensors="pt")
told = set()
for seed in range(4):
    set_seed(seed)
    out = chatty.generate(**inputs, max_new_tokens=40)  # 调用时什么也没写
    told.add(tokenizer.decode(out[0], skip_special_tokens=True))
print("什么也没写，换种子会变：", len(told) > 1)
fixed = chatty.generate(**inputs, max_new_tokens=40, do_sample=False)
print("写明不采样，与贪心相同：", torch.equal(fixed, greedy[:, : fixed.shape[1]]))

# %% 不记梯度
inputs = tokenizer("小红", return_tensors="pt")
print("直接调用，输出带着计算图：", model(**inputs).logits.requires_grad)
with torch.inference_mode():
    print("inference_mode 之内：", model(**inputs).logits.requires_grad)

# %% 固定种子
runs = []
for seed in [1, 1, 2]:
    set_seed(seed)
    out = model.generate(**inputs, max_new_tokens=72, do_sample=True)
    runs.append(tokenizer.decode(out[0], skip_special_tokens=True))
print("种子相同，故事相同：", runs[0] == runs[1])
print("换一个种子，故事相同：", runs[0] == runs[2])


# %% 批量与左补齐
def write(prompts, side, mask=True):
    """把长短不一的提示词补齐成一批，贪心续写，返回新写的文字列表。"""
    tokenizer.padding_side = side
    inputs = tokenizer(prompts, padding=True, return_tensors="pt")
    if not mask:
        inputs["attention_mask"] = torch.ones_like(inputs.input_ids)
    out = model.generate(**inputs, max_new_tokens=72, do_sample=False)
    new = out[:, inputs.input_ids.shape[1] :]
    return tokenizer.batch_decode(new, skip_special_tokens=True)


prompts = ["小云", "星期天，小明打电话问小兰：“你在哪里？”小兰说：“我在公园"]
alone = [write([prompt], "left")[0] for prompt in prompts]
for side, mask in [("left", True), ("right", True), ("left", False)]:
    batch = write(prompts, side, mask)
    same = [one == other for one, other in zip(alone, batch, strict=True)]
    print(same, f"{side} 补齐，掩码{'正确' if mask else '全是 1'}")

# %% 提示词比 max_length 还长 tags=["raises-exception"]
inputs = tokenizer("星期天，小明打电话问小兰：“你在哪里？”", return_tensors="pt")
model.generate(**inputs, max_length=10)
