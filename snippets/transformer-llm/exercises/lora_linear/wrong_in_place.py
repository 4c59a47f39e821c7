def setup(layer, linear, r, alpha):
    """A 随机、B 为 0，原来的层冻结"""
    layer.linear = linear.requires_grad_(False)
    layer.A = nn.Parameter(torch.randn(r, linear.in_features) / linear.in_features**0.5)
    layer.B = nn.Parameter(torch.zeros(linear.out_features, r))
    layer.scaling = alpha / r


def forward(layer, x):
    """先降到 r 维，再升回来"""
    return layer.linear(x) + layer.scaling * (x @ layer.A.T @ layer.B.T)


def merge(layer):
    """错：合并时改了原来的权重"""
    merged = layer.linear
    merged.weight.data += layer.scaling * (layer.B.data @ layer.A.data)
    return merged
