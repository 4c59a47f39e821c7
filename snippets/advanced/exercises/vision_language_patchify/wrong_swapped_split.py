def patchify(images, size):
    """错：把每条边先切成 size 段，隔着取数"""
    B, C, H, W = images.shape
    blocks = images.reshape(B, C, size, H // size, size, W // size)
    return blocks.permute(0, 3, 5, 1, 2, 4).reshape(B, -1, C * size * size)


def unpatchify(patches, size, height, width):
    """这一步是对的"""
    B = patches.shape[0]
    blocks = patches.reshape(B, height // size, width // size, -1, size, size)
    return blocks.permute(0, 3, 1, 4, 2, 5).reshape(B, -1, height, width)
