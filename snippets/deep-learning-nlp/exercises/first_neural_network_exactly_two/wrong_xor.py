"""照抄 XOR 的权重：变成恰好开一个才亮"""

import numpy as np


def weights():
    return np.ones((3, 2)), np.array([0.0, -1.0]), np.array([1.0, -2.0])
