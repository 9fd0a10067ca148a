# different: a last dimension for the teachers, einsum with equal weights
def ensemble_logits(teachers, images):
    each = torch.stack([cache_logits(teacher, images) for teacher in list(teachers)], dim=-1)
    weights = torch.full((each.shape[-1],), 1 / each.shape[-1])
    return torch.einsum("nct,t->nc", each, weights)
