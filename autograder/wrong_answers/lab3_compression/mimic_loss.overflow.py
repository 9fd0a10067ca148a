# mistake: takes the logarithm of a probability that may be 0
# says: logits ±200
def mimic_loss(logits, targets):
    q = torch.sigmoid(logits.squeeze(-1))
    return -(targets * q.log() + (1 - targets) * (1 - q).log()).mean()
