"""用 transformers 的接口调用图文模型

把自己的 mini-gpt 接进 LLaVA 的外壳，走完真模型的每一步：对话模板、处理器、占位的图像词元、
生成。投影器与视觉编码器是随机的，所以这里看的是接口与形状，不是答得对不对

来源：transformers 5.23 文档的 LLaVA 与 image-text-to-text 两页；
Liu 等 2023（arXiv:2304.08485）
"""

# %% 准备
import tempfile

import torch
from PIL import Image, ImageDraw
from transformers import (
    AutoModelForCausalLM,
    AutoModelForImageTextToText,
    AutoProcessor,
    AutoTokenizer,
    CLIPImageProcessor,
    CLIPVisionConfig,
    LlavaConfig,
    LlavaForConditionalGeneration,
    LlavaProcessor,
)

torch.manual_seed(0)

# %% 处理器
tokenizer = AutoTokenizer.from_pretrained("models/mini-gpt")
tokenizer.add_special_tokens({"additional_special_tokens": ["<image>"]})
IMAGE = tokenizer.convert_tokens_to_ids("<image>")

TEMPLATE = (
    "{% for message in messages %}<|{{ message['role'] }}|>"
    "{% for part in message['content'] %}"
    "{% if part['type'] == 'image' %}<image>{% else %}{{ part['text'] }}{% endif %}"
    "{% endfor %}<|end|>{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
processor = LlavaProcessor(
    image_processor=CLIPImageProcessor(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32}),
    tokenizer=tokenizer,
    patch_size=8,
    num_additional_image_tokens=1,  # 编码器自己另加的那个汇总词元
    vision_feature_select_strategy="default",  # 用的时候把它去掉
    chat_template=TEMPLATE,
)
print(f"词表 {len(tokenizer)} 个，<image> 是 {IMAGE} 号")

# %% 一句带图的话
picture = Image.new("RGB", (96, 64), "white")
ImageDraw.Draw(picture).ellipse((30, 14, 66, 50), fill="red")
messages = [
    {
        "role": "user",
        "content": [
            {"type": "image", "image": picture},
            {"type": "text", "text": "图里有什么？"},
        ],
    }
]
print(processor.apply_chat_template(messages, add_generation_prompt=True))
inputs = processor.apply_chat_template(
    messages,
    add_generation_prompt=True,
    tokenize=True,
    return_dict=True,
    return_tensors="pt",
)
for name, tensor in inputs.items():
    print(name, list(tensor.shape))
print("图像占的格子：", int((inputs["input_ids"] == IMAGE).sum()))

# %% 把 mini-gpt 接进来
gpt = AutoModelForCausalLM.from_pretrained("models/mini-gpt")
config = LlavaConfig(
    vision_config=CLIPVisionConfig(
        image_size=32,
        patch_size=8,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
    ),
    text_config=gpt.config,
    image_token_id=IMAGE,
)
model = LlavaForConditionalGeneration(config).eval()
model.model.language_model.load_state_dict(gpt.model.state_dict())
model.lm_head.load_state_dict(gpt.lm_head.state_dict())
model.resize_token_embeddings(len(tokenizer))
for name, part in model.model.named_children():
    print(f"{name}：{sum(p.numel() for p in part.parameters()):,} 个参数")

# %% 生成
output = model.generate(**inputs, max_new_tokens=6, do_sample=False)
answer = output[0, inputs["input_ids"].shape[1] :]  # 去掉提示词
print("输出：", list(output.shape), " 新写的：", len(answer))


# %% 换一个名字就是真模型
def ask(name, picture, question, max_new_tokens=64):
    """name 是模型的名字或文件夹；返回新写的编号与文字"""
    processor = AutoProcessor.from_pretrained(name)  # 模板、图像尺寸、占位符它都带好了
    model = AutoModelForImageTextToText.from_pretrained(name).eval()
    content = [{"type": "image", "image": picture}, {"type": "text", "text": question}]
    inputs = processor.apply_chat_template(
        [{"role": "user", "content": content}],
        add_generation_prompt=True,
        tokenize=True,
        return_dict=True,
        return_tensors="pt",
    )
    output = model.generate(**inputs, max_new_tokens=max_new_tokens, do_sample=False)
    new = output[0, inputs["input_ids"].shape[1] :]
    return new, processor.decode(new, skip_special_tokens=True)


# %% 存下来再按名字读回
with tempfile.TemporaryDirectory() as folder:
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    again, _ = ask(folder, picture, "图里有什么？", max_new_tokens=6)
print("与刚才写的相同：", torch.equal(again, answer))

# %% 只放一个占位符 tags=["raises-exception"]
careless = tokenizer("<image>图里有什么？", return_tensors="pt")  # 没有经过处理器
model(input_ids=careless["input_ids"], pixel_values=inputs["pixel_values"])

# %% 一张图占多少格
for side, patch in [(224, 14), (336, 14)]:
    print(f"{side}×{side}，图块 {patch}：{(side // patch) ** 2} 个词元")
high, wide = round(1080 / 32), round(1920 / 32)  # 边长先凑成 32 的倍数：1088×1920
print(f"1080×1920，每 32×32 一格：{high}×{wide}＝{high * wide} 个词元")
