def trainable(layers, target_modules, r):
    """错：把 lm_head 也算上"""

    def matches(name):
        """层名符合规则吗"""
        if target_modules == "all-linear":
            return True
        return any(name == t or name.endswith("." + t) for t in target_modules)

    chosen = [shape for name, shape in layers.items() if matches(name)]
    if not chosen:
        raise ValueError("没有匹配的层")
    return sum(r * (rows + columns) for rows, columns in chosen)


def adapter_megabytes(count):
    """一个参数 2 字节"""
    return count * 2 / 1e6
