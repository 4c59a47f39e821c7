"""times 当成了“再试几次”：多调用一次"""

import time
from functools import wraps


def retry(times, wait=0.1, on=(OSError,), sleep=time.sleep):
    """遇到 on 里的异常就等一会儿再试"""

    def decorator(function):
        @wraps(function)
        def wrapper(*args, **kwargs):
            for k in range(1, times + 2):
                try:
                    return function(*args, **kwargs)
                except on:
                    if k == times + 1:
                        raise
                    sleep(wait * 2 ** (k - 1))

        return wrapper

    return decorator
