def setup(layer, linear, r, alpha):
    """错：忘了冻结原来的层"""
    layer.linear = linear
    layer.A = nn.Parameter(torch.randn(r, linear.in_features) / linear.in_features**0.5)
    layer.B = nn.Parameter(torch.zeros(linear.out_features, r))
    layer.scaling = alpha / r


def forward(layer, x):
    """先降到 r 维，再升回来"""
    return layer.linear(x) + layer.scaling * (x @ layer.A.T @ layer.B.T)


def merge(layer):
    """复制一份再加"""
    merged = copy.deepcopy(layer.linear)
    merged.weight.data += layer.scaling * (layer.B.data @ layer.A.data)
    return merged
