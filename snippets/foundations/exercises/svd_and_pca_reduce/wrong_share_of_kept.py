"""分母只算了留下的方向"""

import numpy as np


def fit(data, k):
    """从训练数据学出平均值、主方向与方差比例"""
    mean = data.mean(axis=0)
    _, S, Vt = np.linalg.svd(data - mean, full_matrices=False)
    return mean, Vt[:k], S[:k] ** 2 / (S[:k] ** 2).sum()


def transform(data, mean, directions):
    """减去训练数据的平均值，再投影到各个方向上"""
    return (data - mean) @ directions.T


def restore(coordinates, mean, directions):
    """各方向按坐标加起来，再加回平均值"""
    return coordinates @ directions + mean
