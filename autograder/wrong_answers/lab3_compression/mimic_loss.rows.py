# mistake: gives one loss a row
# says: take their mean
def mimic_loss(logits, targets):
    return F.binary_cross_entropy_with_logits(logits.squeeze(-1), targets, reduction="none")
