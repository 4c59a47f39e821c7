"""计数写在 wrapper 外面：用过的次数不还"""

import time
from functools import wraps


def retry(times, wait=0.1, on=(OSError,), sleep=time.sleep):
    """遇到 on 里的异常就等一会儿再试"""

    def decorator(function):
        k = 0

        @wraps(function)
        def wrapper(*args, **kwargs):
            nonlocal k
            while True:
                try:
                    return function(*args, **kwargs)
                except on:
                    k += 1
                    if k == times:
                        raise
                    sleep(wait * 2 ** (k - 1))

        return wrapper

    return decorator
