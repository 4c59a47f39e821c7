def step(waiting, running, slots):
    """错：换成了新的列表，调用者看不见"""
    running[:] = [r for r in running if not r["cancelled"]]
    waiting[:] = [r for r in waiting if not r["cancelled"]]
    while waiting and len(running) < slots:
        running.append(waiting.pop(0))
    wrote = [r["name"] for r in running]
    for r in running:
        r["left"] -= 1
    running = [r for r in running if r["left"] > 0]
    return wrote
