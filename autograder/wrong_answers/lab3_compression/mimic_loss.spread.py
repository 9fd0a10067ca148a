# mistake: spreads (n, 1) against (n,)
# says: spread to (n, n)
def mimic_loss(logits, targets):
    q = torch.sigmoid(logits)
    return -(targets * q.log() + (1 - targets) * (1 - q).log()).mean()
