"""最后一次也吞掉了异常：返回 None"""

import time
from functools import wraps


def retry(times, wait=0.1, on=(OSError,), sleep=time.sleep):
    """遇到 on 里的异常就等一会儿再试"""

    def decorator(function):
        @wraps(function)
        def wrapper(*args, **kwargs):
            for k in range(1, times + 1):
                try:
                    return function(*args, **kwargs)
                except on:
                    if k < times:
                        sleep(wait * 2 ** (k - 1))

        return wrapper

    return decorator
