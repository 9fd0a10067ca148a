# mistake: subtracts the largest logit of the whole table
# says: of each row, not of the table
def soften(logits, T=1.0):
    e = torch.exp((logits - logits.max()) / T)
    return e / e.sum(dim=-1, keepdim=True)
