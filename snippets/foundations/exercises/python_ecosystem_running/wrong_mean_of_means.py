"""把每批的平均再平均：大批小批一样重"""

import numpy as np


def running_stats(batches):
    n, means, stds = 0, [], []
    for batch in batches:
        if len(batch):
            n += len(batch)
            means.append(float(batch.mean()))
            stds.append(float(batch.std()))
    if n == 0:
        return 0, 0.0, 0.0
    return n, float(np.mean(means)), float(np.mean(stds))
