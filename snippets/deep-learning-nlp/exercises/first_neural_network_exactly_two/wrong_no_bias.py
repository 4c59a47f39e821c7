"""没有偏置：两个隐藏单元一模一样"""

import numpy as np


def weights():
    return np.ones((3, 2)), np.zeros(2), np.array([1.0, -2.0])
