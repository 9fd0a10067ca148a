# mistake: divides the finished probabilities by T
# says: the probabilities are divided by T
def soften(logits, T=1.0):
    return torch.softmax(logits, dim=-1) / T
