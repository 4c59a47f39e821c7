def trainable(layers, target_modules, r):
    """按名字挑，再加 r × (输入 + 输出)"""

    def matches(name):
        """层名符合规则吗"""
        if target_modules == "all-linear":
            return name.split(".")[-1] != "lm_head"
        return any(name == t or name.endswith("." + t) for t in target_modules)

    chosen = [shape for name, shape in layers.items() if matches(name)]
    if not chosen:
        raise ValueError("没有匹配的层")
    return sum(r * (rows + columns) for rows, columns in chosen)


def adapter_megabytes(count):
    """错：按 32 位算文件"""
    return count * 4 / 1e6
