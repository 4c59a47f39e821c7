def patchify(images, size):
    """错：块里的行与列反了"""
    B, C, H, W = images.shape
    blocks = images.reshape(B, C, H // size, size, W // size, size)
    return blocks.permute(0, 2, 4, 1, 5, 3).reshape(B, -1, C * size * size)


def unpatchify(patches, size, height, width):
    """这一步是对的"""
    B = patches.shape[0]
    blocks = patches.reshape(B, height // size, width // size, -1, size, size)
    return blocks.permute(0, 3, 1, 4, 2, 5).reshape(B, -1, height, width)
