# mistake: the package's form line by line, names changed
# says: copies greenlab.distill.distillation_loss
def distillation_loss(z, v, y=None, temp=4.0, a=0.9):
    if not 0 <= a <= 1:
        raise ValueError(f"alpha must lie in [0, 1], got {a}")
    loss = a * temp**2 * soft_cross_entropy(z, v, temp)
    if y is None:
        return loss
    return loss + (1 - a) * F.cross_entropy(z, y)
