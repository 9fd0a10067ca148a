# mistake: expects a matrix
# says: too many values to unpack
def prune_layer(w, mask, rate):
    rows, columns = w.shape
    size = w.abs().masked_fill(~mask, -1).flatten()
    new = torch.zeros(rows * columns, dtype=torch.bool)
    new[size.topk(round((1 - rate) * int(mask.sum()))).indices] = True
    return new.view(rows, columns)
