# different: the first apart, a tensor as the answer
def flops_to_train(forward_macs, examples, epochs):
    first, *rest = forward_macs
    macs = torch.tensor([2 * first] + [3 * m for m in rest], dtype=torch.float64)
    return 2 * macs.sum() * examples * epochs
