# mistake: divides the caller's logits in place
# says: changes its logits
def soften(logits, T=1.0):
    logits /= T
    return torch.softmax(logits, dim=-1)
