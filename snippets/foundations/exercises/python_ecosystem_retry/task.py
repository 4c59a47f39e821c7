"""练习二：重试

补全 retry，它按次数与异常造出一个装饰器。要求：

- 一共最多调用 times 次，成功就立刻返回结果
- 只重试 on 里的异常，别的异常马上抛出；最后一次还失败，原样抛出那个异常
- 第 k 次失败之后、再试之前，调用 sleep(wait * 2 ** (k - 1))；不再试了就不等
- 参数（包括关键字参数）原样传下去，函数的名字与说明不变
- 写完运行这个文件，看到“全部通过”就对了
"""

import time


def retry(times, wait=0.1, on=(OSError,), sleep=time.sleep):
    """造一个装饰器：遇到 on 里的异常就等一会儿再试，一共最多 times 次

    wait 的单位是秒；sleep 是等待用的函数，测试时可以换成不真等的
    """
    raise NotImplementedError


# 以下是检查，不用改
class Flaky:
    """前 failures 次抛出 error，以后返回参数"""

    def __init__(self, failures, error=ConnectionError):
        self.failures, self.error, self.calls = failures, error, 0

    def __call__(self, *args, **kwargs):
        self.calls += 1
        if self.calls <= self.failures:
            raise self.error(f"第 {self.calls} 次失败")
        return args, kwargs


def attempt(failures, times, error=ConnectionError, on=(OSError,)):
    """包上重试再调用一次，返回 (结果或异常, 调用了几次, 每次等了几秒)"""
    flaky, waits = Flaky(failures, error), []

    @retry(times=times, wait=1.0, on=on, sleep=waits.append)
    def read(*args, **kwargs):
        """读一页"""
        return flaky(*args, **kwargs)

    assert callable(read), "装饰之后不再是函数了：最里面的 wrapper 要 return 出来"
    try:
        result = read(3, size=5)
    except (OSError, ValueError, KeyError) as raised:
        result = raised
    except TypeError as error:
        raise AssertionError(
            f"参数没有原样传下去（{error}）：wrapper 要写 *args 与 **kwargs 两样"
        ) from error
    return result, flaky.calls, waits, read


result, calls, waits, read = attempt(failures=0, times=3)
assert result == ((3,), {"size": 5}), (
    f"没有失败时应返回函数的结果，现在是 {result!r}：return 了吗，参数传全了吗？"
)
assert calls == 1 and waits == [], f"一次就成功，却调用了 {calls} 次，等了 {waits}"
assert read.__name__ == "read" and read.__doc__ == "读一页", (
    f"函数的名字成了 {read.__name__}：给 wrapper 加上 @functools.wraps(function)"
)

result, calls, waits, _ = attempt(failures=2, times=3)
assert result == ((3,), {"size": 5}), f"第 3 次成功，应返回结果，现在是 {result!r}"
assert calls == 3, f"应调用 3 次，现在是 {calls} 次"
assert waits == [1.0, 2.0], f"两次失败之后应各等 1 秒与 2 秒，现在是 {waits}"

result, calls, waits, _ = attempt(failures=5, times=3)
assert result is not None, (
    "三次都失败，却返回了 None：异常被吞掉了，最后一次要 raise，不然调用的人以为没事"
)
assert isinstance(result, ConnectionError) and str(result) == "第 3 次失败", (
    f"三次都失败，应原样抛出最后一次的异常，现在是 {result!r}"
)
assert calls == 3, f"times 是总次数 3，现在调用了 {calls} 次"
assert waits == [1.0, 2.0], f"最后一次失败之后不再试，就不用等；现在等了 {waits}"

result, calls, waits, _ = attempt(failures=1, times=3, error=ValueError)
assert isinstance(result, ValueError) and calls == 1, (
    f"ValueError 不在 on 里，是程序写错了，应马上抛出；现在调用了 {calls} 次，"
    f"结果是 {result!r}"
)

_, calls, waits, _ = attempt(failures=3, times=4)
assert waits == [1.0, 2.0, 4.0], (
    f"三次失败之后应各等 1、2、4 秒，现在是 {waits}：每次加倍，不是每次多 1 秒"
)

result, calls, _, _ = attempt(failures=1, times=3, error=KeyError, on=(KeyError,))
assert calls == 2 and not isinstance(result, KeyError), (
    f"on 换成 (KeyError,) 时，KeyError 应该重试，现在的结果是 {result!r}"
)
result, calls, _, _ = attempt(failures=1, times=3, on=(KeyError,))
assert calls == 1 and isinstance(result, ConnectionError), (
    "on 换成 (KeyError,) 时，断线就不该重试了：except 后面写 on，不要写死 OSError"
)

zeros = []


@retry(times=3, sleep=lambda seconds: None)
def count_lines():
    """空文件有 0 行，这也是成功"""
    zeros.append(0)
    return 0


assert count_lines() == 0 and len(zeros) == 1, (
    f"函数返回 0，却调用了 {len(zeros)} 次：没有抛出异常就是成功，不要看结果的真假"
)

flaky = Flaky(failures=1)
read = retry(times=2, sleep=lambda seconds: None)(flaky.__call__)
read()
flaky.calls = 0  # 又会断一次
try:
    again = read(1)
except ConnectionError as error:
    again = error
assert again == ((1,), {}), (
    f"第二次调用时又断一次，得到 {again!r}：每次调用都从第 1 次数起，计数要写在 wrapper 里"
)

print("全部通过")
