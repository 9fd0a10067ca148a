# different: by numpy, which keeps other ones of the equally large
import numpy as np


def keep_largest(w, density):
    size = np.abs(w.numpy()).ravel()
    pruned = len(size) - round(density * len(size))
    mask = np.ones(len(size), dtype=bool)
    mask[np.argsort(size, kind="stable")[:pruned]] = False
    return torch.from_numpy(mask.reshape(w.shape))
