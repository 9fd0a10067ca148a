# mistake: takes the sum
# says: take the mean
def mimic_loss(logits, targets):
    return F.binary_cross_entropy_with_logits(logits.squeeze(-1), targets, reduction="sum")
