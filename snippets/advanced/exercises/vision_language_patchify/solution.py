def patchify(images, size):
    """行与列各切成（块、块内）两段，把两个“块”换到前面"""
    B, C, H, W = images.shape
    blocks = images.reshape(B, C, H // size, size, W // size, size)
    return blocks.permute(0, 2, 4, 1, 3, 5).reshape(B, -1, C * size * size)


def unpatchify(patches, size, height, width):
    """倒着做：断开，换回来，合并"""
    B = patches.shape[0]
    blocks = patches.reshape(B, height // size, width // size, -1, size, size)
    return blocks.permute(0, 3, 1, 4, 2, 5).reshape(B, -1, height, width)
