"""每次等得一样久，没有加倍"""

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
                    if k == times:
                        raise
                    sleep(wait)

        return wrapper

    return decorator
