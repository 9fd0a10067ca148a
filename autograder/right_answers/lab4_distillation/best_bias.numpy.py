# different: counts with numpy, argmin over the list, a numpy number as the answer
import numpy as np


def best_bias(logits, labels, digit, shifts):
    z, y = logits.detach().numpy().copy(), labels.numpy()
    column = z[:, digit].copy()
    errors = np.zeros(len(shifts))
    for k, shift in enumerate(shifts):
        z[:, digit] = column + shift
        errors[k] = np.mean(z.argmax(axis=1) != y)
    return np.array(shifts)[np.argmin(errors)]
