"""W1 写成了 (隐藏单元数, 3)"""

import numpy as np


def weights():
    return np.ones((2, 3)), np.array([-1.0, -2.0]), np.array([1.0, -2.0])
