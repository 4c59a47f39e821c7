"""答案：ReLU(s − 1) 减去 2·ReLU(s − 2)，s 是开了几个"""

import numpy as np


def weights():
    """两个隐藏单元都数“开了几个”，只是门槛不同"""
    W1 = np.ones((3, 2))
    b1 = np.array([-1.0, -2.0])
    w2 = np.array([1.0, -2.0])
    return W1, b1, w2
