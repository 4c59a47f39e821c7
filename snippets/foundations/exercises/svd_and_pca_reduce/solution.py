"""答案：平均值与方向都由训练数据定下，以后只拿来用"""

import numpy as np


def fit(data, k):
    """从训练数据学出平均值、主方向与方差比例"""
    mean = data.mean(axis=0)
    _, S, Vt = np.linalg.svd(data - mean, full_matrices=False)
    share = S**2 / (S**2).sum()
    return mean, Vt[:k], share[:k]


def transform(data, mean, directions):
    """减去训练数据的平均值，再投影到各个方向上"""
    return (data - mean) @ directions.T


def restore(coordinates, mean, directions):
    """各方向按坐标加起来，再加回平均值"""
    return coordinates @ directions + mean
