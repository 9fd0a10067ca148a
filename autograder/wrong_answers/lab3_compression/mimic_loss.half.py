# mistake: leaves the second half out
# says: half with 1 - p
def mimic_loss(logits, targets):
    return -(targets * F.logsigmoid(logits.squeeze(-1))).mean()
