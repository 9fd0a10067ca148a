# different: softplus
def mimic_loss(logits, targets):
    z = logits.view(-1)
    return (F.softplus(z) - targets * z).mean()
