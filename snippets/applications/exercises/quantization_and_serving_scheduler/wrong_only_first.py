def step(waiting, running, slots):
    """错：只有第一条写了词元"""
    running[:] = [r for r in running if not r["cancelled"]]
    waiting[:] = [r for r in waiting if not r["cancelled"]]
    while waiting and len(running) < slots:
        running.append(waiting.pop(0))
    wrote = [r["name"] for r in running]
    for r in running[:1]:
        r["left"] -= 1
    running[:] = [r for r in running if r["left"] > 0]
    return wrote
