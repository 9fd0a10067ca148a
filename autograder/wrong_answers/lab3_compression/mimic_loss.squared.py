# mistake: takes the squared error
# says: this is the squared error;
def mimic_loss(logits, targets):
    return F.mse_loss(torch.sigmoid(logits.squeeze(-1)), targets)
