# mistake: multiplies the logits by T
# says: multiplied by T; divide
def soften(logits, T=1.0):
    return torch.softmax(logits * T, dim=-1)
