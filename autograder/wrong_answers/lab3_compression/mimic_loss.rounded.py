# mistake: rounds the teacher's probabilities
# says: rounded to classes
def mimic_loss(logits, targets):
    return F.binary_cross_entropy_with_logits(logits.squeeze(-1), (targets >= 0.5).float())
