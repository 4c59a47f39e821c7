"""看结果的真假：返回 0 也当成失败"""

import time
from functools import wraps


def retry(times, wait=0.1, on=(OSError,), sleep=time.sleep):
    """遇到 on 里的异常就等一会儿再试"""

    def decorator(function):
        @wraps(function)
        def wrapper(*args, **kwargs):
            for k in range(1, times + 1):
                try:
                    result = function(*args, **kwargs)
                    if result or k == times:
                        return result
                except on:
                    if k == times:
                        raise
                    sleep(wait * 2 ** (k - 1))

        return wrapper

    return decorator
