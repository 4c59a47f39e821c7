"""错误：拆是拆对了，比的时候却还在比字符串。"""


def parse(text):
    parts = [int(part) for part in text.split("+")[0].split(".")]
    return tuple(parts + [0] * (3 - len(parts)))


def at_least(installed, required):
    return installed >= required
