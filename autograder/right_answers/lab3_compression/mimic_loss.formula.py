# different: by the formula
def mimic_loss(logits, targets):
    z = logits[:, 0]
    return -(targets * F.logsigmoid(z) + (1 - targets) * F.logsigmoid(-z)).mean()
