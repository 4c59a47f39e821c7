"""错误：把“不低于”写成了“高于”。"""


def parse(text):
    parts = [int(part) for part in text.split("+")[0].split(".")]
    return tuple(parts + [0] * (3 - len(parts)))


def at_least(installed, required):
    return parse(installed) > parse(required)
