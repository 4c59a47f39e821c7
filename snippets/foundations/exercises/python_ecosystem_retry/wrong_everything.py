"""什么异常都重试：程序写错了也试三次"""

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
                except Exception:
                    if k == times:
                        raise
                    sleep(wait * 2 ** (k - 1))

        return wrapper

    return decorator
