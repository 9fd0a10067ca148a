# mistake: swaps teacher and student
# says: are swapped
def mimic_loss(logits, targets):
    q = torch.sigmoid(logits.squeeze(-1))
    return -(q * targets.log() + (1 - q) * (1 - targets).log()).mean()
