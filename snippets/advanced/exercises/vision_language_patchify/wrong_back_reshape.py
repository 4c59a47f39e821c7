def patchify(images, size):
    """这一步是对的"""
    B, C, H, W = images.shape
    blocks = images.reshape(B, C, H // size, size, W // size, size)
    return blocks.permute(0, 2, 4, 1, 3, 5).reshape(B, -1, C * size * size)


def unpatchify(patches, size, height, width):
    """错：拼回时只用 reshape"""
    B = patches.shape[0]
    return patches.reshape(B, -1, height, width)
