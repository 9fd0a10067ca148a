# mistake: subtracts multiply-adds from FLOPs
# says: they should be doubled, too
def flops_to_train(forward_macs, examples, epochs):
    flops = 2 * 3 * sum(forward_macs) - forward_macs[0]
    return flops * examples * epochs
