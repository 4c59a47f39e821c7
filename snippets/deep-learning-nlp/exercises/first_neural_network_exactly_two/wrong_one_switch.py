"""第二个隐藏单元只看一个开关"""

import numpy as np


def weights():
    W1 = np.array([[1.0, 1.0], [1.0, 0.0], [1.0, 0.0]])
    return W1, np.array([-1.0, 0.0]), np.array([1.0, -2.0])
