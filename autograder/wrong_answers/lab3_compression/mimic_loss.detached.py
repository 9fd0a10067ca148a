# mistake: gives a number without a gradient
# says: No gradient
def mimic_loss(logits, targets):
    return F.binary_cross_entropy_with_logits(logits.squeeze(-1), targets).item()
