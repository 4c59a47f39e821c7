"""连续批处理的一步

写出 `step`：先把取消了的请求拿掉，再让空位补上排队的，然后每条在写的请求各写一个词元，
写完的让位。请求是一个字典：`name`、`left`（还要写几个）与 `cancelled`。

例如两个位置、排队的是 a（还要 1 个）、b（3 个）、c（2 个）：
第 1 步 a、b 各写一个，a 写完；第 2 步 c 补进来，b、c 各写一个。
"""


def step(waiting, running, slots):
    """走一步，返回这一步里写了词元的请求的名字，按 running 里的次序

    waiting、running 是请求的列表，就地修改；slots 是位置的个数
    """
    raise NotImplementedError


# 以下是检查，不用改
def make(*pairs, cancelled=()):
    """造几条请求"""
    return [{"name": n, "left": k, "cancelled": n in cancelled} for n, k in pairs]


def names(requests):
    """只看名字"""
    return [r["name"] for r in requests]


waiting, running = make(("a", 1), ("b", 3), ("c", 2)), []
wrote = step(waiting, running, 2)
assert wrote == ["a", "b"], f"第 1 步写词元的是 {wrote}，应是 a、b：先来的先补进空位，一共两个位置"
assert names(running) == ["b"], (
    f"第 1 步之后在写的是 {names(running)}，应只有 b：a 只要 1 个，写完当步就让位"
)
assert names(waiting) == ["c"], f"第 1 步之后排队的是 {names(waiting)}，应只有 c"
assert running[0]["left"] == 2, f"b 还要写 {running[0]['left']} 个，应是 2 个"
wrote = step(waiting, running, 2)
assert wrote == ["b", "c"], (
    f"第 2 步写词元的是 {wrote}，应是 b、c：a 让出的位置马上给 c，不等整批写完"
)
step(waiting, running, 2)
assert not running and not waiting, f"三步之后应全部写完，还剩 {names(running + waiting)}"
assert step(waiting, running, 2) == [], "没有请求时，这一步谁也没写，应返回 []"

waiting, running = make(("c", 2)), make(("a", 5), ("b", 5), cancelled=("a",))
wrote = step(waiting, running, 2)
assert "a" not in wrote, f"a 已经取消，却还写了词元（{wrote}）：补位之前先把它拿掉"
assert wrote == ["b", "c"], f"写词元的是 {wrote}，应是 b、c：取消的请求空出来的位置，这一步就能用"
waiting, running = make(("x", 2), ("y", 2), cancelled=("x",)), []
wrote = step(waiting, running, 1)
assert wrote == ["y"], f"x 在排队时就取消了，写词元的应是 y，得到 {wrote}：排队的也要查"
assert not waiting, f"排队里还留着 {names(waiting)}：取消的请求要从队里拿掉，否则白占名额"

waiting, running = make(("a", 1), ("b", 1), ("c", 1), ("d", 1)), []
outer = (waiting, running)
total = [step(waiting, running, 3), step(waiting, running, 3)]
assert total == [["a", "b", "c"], ["d"]], f"三个位置、四条各写 1 个，得到 {total}，应是 abc 一步、d 一步"
assert outer == ([], []), "列表要就地修改，别换成新的列表"
waiting, running = make(("a", 3)), []
total = [step(waiting, running, 2) for _ in range(4)]
assert total == [["a"], ["a"], ["a"], []], f"一条要写 3 个的请求，应写满 3 步，得到 {total}：写完最后一个才让位"
waiting, running = make(("c", 9)), make(("a", 9), ("b", 9))
assert step(waiting, running, 2) == ["a", "b"], "位置已满时，排队的要等着"
assert names(waiting) == ["c"], "位置已满，c 不该离开队伍"
print("全部通过")
