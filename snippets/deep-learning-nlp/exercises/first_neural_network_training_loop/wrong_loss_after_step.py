"""更新之后又算了一遍损失"""

import torch
import torch.nn.functional as F


def train_epoch(model, loader, optimizer):
    model.train()
    total, count = 0.0, 0
    for x, y in loader:
        loss = F.cross_entropy(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += F.cross_entropy(model(x), y).item() * len(y)
        count += len(y)
    return total / count


def accuracy(model, x, y):
    model.eval()
    with torch.no_grad():
        guesses = model(x).argmax(dim=-1)
    return (guesses == y).float().mean().item()
