# mistake: forgets the forward pass
# says: the forward pass is missing
def flops_to_train(forward_macs, examples, epochs):
    forward = sum(forward_macs)
    return 2 * (2 * forward - forward_macs[0]) * examples * epochs
