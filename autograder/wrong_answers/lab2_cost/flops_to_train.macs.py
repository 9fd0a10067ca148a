# mistake: forgets that a multiply-add is two operations
# says: you give multiply-adds
def flops_to_train(forward_macs, examples, epochs):
    forward = sum(forward_macs)
    return (3 * forward - forward_macs[0]) * examples * epochs
