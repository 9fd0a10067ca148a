# different: sorts with numpy and marks what goes
def prune_layer(w, mask, rate):
    import numpy as np

    size, new = np.abs(w.numpy()).ravel(), mask.numpy().copy().ravel()
    places = np.flatnonzero(new)
    goes = len(places) - round((1 - rate) * len(places))
    new[places[np.argsort(size[places], kind="stable")[:goes]]] = False
    return torch.from_numpy(new.reshape(w.shape))
