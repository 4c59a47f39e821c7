def patchify(images, size):
    """错：直接 reshape，没有换轴"""
    B, C = images.shape[:2]
    return images.reshape(B, -1, C * size * size)


def unpatchify(patches, size, height, width):
    """这一步是对的"""
    B = patches.shape[0]
    blocks = patches.reshape(B, height // size, width // size, -1, size, size)
    return blocks.permute(0, 3, 1, 4, 2, 5).reshape(B, -1, height, width)
