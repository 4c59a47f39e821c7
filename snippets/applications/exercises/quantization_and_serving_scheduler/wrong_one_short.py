def step(waiting, running, slots):
    """拿掉取消的，补位，各写一个，写完的让位"""
    running[:] = [r for r in running if not r["cancelled"]]
    waiting[:] = [r for r in waiting if not r["cancelled"]]
    while waiting and len(running) < slots:
        running.append(waiting.pop(0))
    wrote = [r["name"] for r in running]
    for r in running:
        r["left"] -= 1
    running[:] = [r for r in running if r["left"] > 1]
    return wrote
