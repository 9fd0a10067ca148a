# different: a tensor
def retraining_dropout(rate, kept, connections):
    return rate * torch.tensor(kept / connections).sqrt()
