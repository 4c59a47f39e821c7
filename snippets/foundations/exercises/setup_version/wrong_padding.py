"""错误：没有补 0，于是 3 被当成比 3.0.0 旧。"""


def parse(text):
    return tuple(int(part) for part in text.split("+")[0].split("."))


def at_least(installed, required):
    return parse(installed) >= parse(required)
