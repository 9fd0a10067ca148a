# mistake: takes the sigmoid twice
# says: sigmoid is taken twice
def mimic_loss(logits, targets):
    return F.binary_cross_entropy_with_logits(torch.sigmoid(logits.squeeze(-1)), targets)
