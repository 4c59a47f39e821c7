"""代码生成助手：续写、停下、取出代码

按字数去掉提示词为什么会错；模型写完了怎样停；从一段带说明的回答里怎样取出代码。
"""

# %% 准备
import ast
import itertools
import re

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

MODEL = "models/code-assistant"  # 换成 "Qwen/Qwen2.5-Coder-0.5B" 即可续写真的代码
tokenizer = AutoTokenizer.from_pretrained(MODEL)
model = AutoModelForCausalLM.from_pretrained(MODEL)


# %% 续写
@torch.inference_mode()
def generate(prompt, **options):
    """贪心续写。返回 (提示词的词元数, 全部词元)，后者是 (T + 新词元数,)。"""
    inputs = tokenizer(prompt, return_tensors="pt")
    options = {"max_new_tokens": 60, "do_sample": False, **options}
    outputs = model.generate(**inputs, **options)
    return inputs.input_ids.shape[1], outputs[0]


def cut_both(prompt):
    """同一次续写，按字数切一次，按词元切一次。返回两个字符串。"""
    start, ids = generate(prompt)
    text = tokenizer.decode(ids, skip_special_tokens=True)
    by_token = tokenizer.decode(ids[start:], skip_special_tokens=True)
    return text[len(prompt) :], by_token


PROMPT = "# 取出小于 12 的数，每个乘以 15，再求和\ndef f(xs):\n"
WAYS = {
    "普通": PROMPT,
    "圈号": PROMPT.replace("12", "⑫").replace("15", "⑮"),
    "换行": PROMPT.replace("\n", "\r\n"),
    "特殊词元": "<eos>" + PROMPT,
}

# %% 两种切法 tags=["varies"]
_, plain = cut_both(PROMPT)
for name, prompt in WAYS.items():
    by_character, by_token = cut_both(prompt)
    print(f"{name}\n  按字数：{by_character!r}")
    print(f"  按词元：{by_token!r}，与普通的{'相同' if by_token == plain else '不同'}")

# %% 字数怎样变了
for name, prompt in WAYS.items():
    ids = tokenizer(prompt).input_ids
    back = tokenizer.decode(ids, skip_special_tokens=True)
    print(f"{name}：提示词 {len(prompt)} 字，编码再解码 {len(back)} 字")

# %% 三种停法 tags=["varies"]
start, ids = generate(PROMPT)
print("遇到结束符：", repr(tokenizer.decode(ids[start:])))
start, short = generate(PROMPT, max_new_tokens=12)
print("词元用完了：", repr(tokenizer.decode(short[start:])))
start, long = generate(PROMPT, min_new_tokens=60)
rambling = tokenizer.decode(long[start:])
print("不许它停：", repr(rambling))


# %% 截断
def cut_at(text, stops):
    """在最早出现的停止字符串之前截断；一个也没有就原样返回。"""
    found = [at for stop in stops if (at := text.find(stop)) >= 0]
    return text[: min(found, default=len(text))]


def cut_body(text):
    """只留开头连续的缩进行：遇到空行或顶格的一行，函数就写完了。"""
    lines = text.splitlines(keepends=True)
    return "".join(itertools.takewhile(lambda line: line.startswith("    "), lines))


written = "    y = [\n        1,\n    ]\n    return y\n\n\ndef g(xs):\n    return 0\n"
print(repr(cut_at(written, ["\ndef ", "\nclass ", "\n#"])))
print(repr(cut_body(written)))
print(repr(cut_body("    return [\n1,\n]\n")))

# %% 括号没有闭合
for body in ["    return sum(x + 15 for x in xs", "    return sum(xs))\n", "    return sum(xs)\n"]:
    try:
        ast.parse("def f(xs):\n" + body)
        print("完整：", body.strip())
    except SyntaxError as error:
        print(error.msg, "：", body.strip())

# %% 总长与新增长度 tags=["raises-exception"]
ids = tokenizer(PROMPT, return_tensors="pt").input_ids
model.generate(ids, max_length=20)


# %% 从回答里取出代码
def extract(reply, name="f"):
    """从带说明的回答里取出定义了 name 的那一段代码；取不到返回空字符串。

    先看每一个围栏（最后一个没关上也算），没有围栏才看全文；能解析、有这个函数才要
    """
    fenced = re.findall(r"^```[^\n]*\n(.*?)(?:^```|\Z)", reply, re.S | re.M)
    for block in fenced or [reply]:
        try:
            tree = ast.parse(block)
        except SyntaxError:
            continue
        if any(isinstance(n, ast.FunctionDef) and n.name == name for n in tree.body):
            return block
    return ""


# %% 真模型会这样回答
FENCE = "```"
CODE = "def f(xs):\n    return sum(x + 15 for x in xs if x > 12)\n"
REPLIES = {
    "一个围栏": f"好的，代码如下：\n{FENCE}python\n{CODE}{FENCE}\n它先筛选，再求和。",
    "先安装": f"{FENCE}bash\npip install numpy\n{FENCE}\n然后：\n{FENCE}python\n{CODE}{FENCE}",
    "没关上": f"{FENCE}python\n{CODE}",
    "只有代码": CODE,
    "没有围栏": f"可以这样写：\n{CODE}",
    "写到一半": f"{FENCE}python\ndef f(xs):\n    return sum(x +",
}
for name, reply in REPLIES.items():
    print(f"{name}：{extract(reply)!r}")

# %% 让续写模型解释 tags=["varies"]
print(tokenizer.tokenize("请解释代码的功能"))
asked = f"请解释以下代码的功能：\n{CODE}\n解释："
start, ids = generate(asked)
print(repr(tokenizer.decode(ids[start:], skip_special_tokens=True)))
