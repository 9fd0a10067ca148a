# mistake: normalizes over the batch
# says: it should run over the classes
def soften(logits, T=1.0):
    return torch.softmax(logits / T, dim=0)
