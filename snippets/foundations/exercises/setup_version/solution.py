"""答案：拆成整数，补成一样长，再按元组比。"""


def parse(text):
    parts = [int(part) for part in text.split("+")[0].split(".")]
    return tuple(parts + [0] * (3 - len(parts)))


def at_least(installed, required):
    # 元组从左往右逐个比，第一处不同就分出先后
    return parse(installed) >= parse(required)
