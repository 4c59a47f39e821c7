def step(waiting, running, slots):
    """错：静态批处理：整批写完才补位"""
    running[:] = [r for r in running if not r["cancelled"]]
    waiting[:] = [r for r in waiting if not r["cancelled"]]
    free = slots if not running else 0
    while waiting and len(running) < free:
        running.append(waiting.pop(0))
    wrote = [r["name"] for r in running]
    for r in running:
        r["left"] -= 1
    running[:] = [r for r in running if r["left"] > 0]
    return wrote
