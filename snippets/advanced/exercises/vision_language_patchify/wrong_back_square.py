def patchify(images, size):
    """这一步是对的"""
    B, C, H, W = images.shape
    blocks = images.reshape(B, C, H // size, size, W // size, size)
    return blocks.permute(0, 2, 4, 1, 3, 5).reshape(B, -1, C * size * size)


def unpatchify(patches, size, height, width):
    """错：拼回时当成了正方形"""
    B = patches.shape[0]
    side = int(patches.shape[1] ** 0.5)
    blocks = patches[:, : side * side].reshape(B, side, side, -1, size, size)
    return blocks.permute(0, 3, 1, 4, 2, 5).reshape(B, -1, side * size, side * size)
