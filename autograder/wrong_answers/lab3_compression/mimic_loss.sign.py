# mistake: forgets the minus
# says: sign is turned round
def mimic_loss(logits, targets):
    return -F.binary_cross_entropy_with_logits(logits.squeeze(-1), targets)
