# different: squared errors without a root
def greedy_step(total, count, predictions, targets):
    error = total + predictions - (count + 1) * targets
    return np.einsum("mn,mn->m", error, error).argmin()
