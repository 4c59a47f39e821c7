"""错误：只取前两段，当作小数来比。"""


def parse(text):
    parts = [int(part) for part in text.split("+")[0].split(".")]
    return tuple(parts + [0] * (3 - len(parts)))


def at_least(installed, required):
    def decimal(text):
        major, minor, _ = parse(text)
        return float(f"{major}.{minor}")

    return decimal(installed) >= decimal(required)
