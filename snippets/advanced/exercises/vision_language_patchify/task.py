"""把图切成块，再拼回去

`patchify`：(B, C, H, W) → (B, 块数, C · size · size)，块从左到右、从上到下排，
块里的数依次是通道、行、列，这样才与 `nn.Conv2d` 的权重对得上。
`unpatchify` 是它的逆：给出原来的高与宽，拼回原图。图不一定是正方形。
"""

import torch
import torch.nn.functional as F


def patchify(images, size):
    """images (B, C, H, W)，H 与 W 都能被 size 整除；返回 (B, 块数, C · size · size)"""
    raise NotImplementedError


def unpatchify(patches, size, height, width):
    """patches (B, 块数, C · size · size) → (B, C, height, width)"""
    raise NotImplementedError


# 以下是检查，不用改
tiny = torch.arange(16.0).reshape(1, 1, 4, 4)
patches = patchify(tiny, 2)
assert patches.shape == (1, 4, 4), (
    f"4×4 的图切成 2×2 的块，形状是 {list(patches.shape)}，应为 [1, 4, 4]：四块，每块四个数"
)
first = patches[0, 0].int().tolist()
assert first != [0, 1, 2, 3], (
    "第一块是 [0, 1, 2, 3]，那是图的第一行：reshape 只会断行，要先把行与列各切成两段再换轴"
)
assert first == [0, 1, 4, 5], f"第一块应是左上角的 [0, 1, 4, 5]，实际是 {first}"
second = patches[0, 1].int().tolist()
assert second == [2, 3, 6, 7], (
    f"第二块应是右上角的 [2, 3, 6, 7]，实际是 {second}：块要先从左到右，再从上到下"
)

torch.manual_seed(0)
wide = torch.randn(2, 3, 4, 6)  # 高 4，宽 6
patches = patchify(wide, 2)
assert patches.shape == (2, 6, 12), (
    f"2 张 3 通道 4×6 的图，形状是 {list(patches.shape)}，应为 [2, 6, 12]：2 行 3 列共 6 块"
)
assert patches[0, 0, :4].equal(wide[0, 0, :2, :2].flatten()), (
    "每块的前四个数应全来自第一个通道：块里的次序是通道、行、列，通道在最前"
)
assert patches[1, 5].equal(wide[1, :, 2:, 4:].flatten()), (
    "第二张图的最后一块应是它的右下角：不同的图混在一起了，或高与宽弄反了"
)
weight = torch.randn(5, 3, 2, 2)
by_conv = F.conv2d(wide, weight, stride=2).flatten(2).transpose(1, 2)
difference = (patches @ weight.reshape(5, 12).T - by_conv).abs().max().item()
assert difference < 1e-4, f"乘一个矩阵应等于步子为 2 的卷积，现在最多差 {difference:.2g}"

back = unpatchify(patches, 2, 4, 6)
assert back.shape == wide.shape, (
    f"拼回的形状是 {list(back.shape)}，应为 {list(wide.shape)}：高 4、宽 6，别当成正方形"
)
assert back.equal(wide), (
    "拼回去与原图不同：形状对了，里面的数混了。把 patchify 的每一步倒着做，换轴也要倒回来"
)
back = unpatchify(patchify(wide, 1), 1, 4, 6)
assert back.equal(wide), "块边长是 1 时，拼回去也应与原图相同"
print("全部通过")
