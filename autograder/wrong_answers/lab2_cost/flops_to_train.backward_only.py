# mistake: forgets the forward pass
# says: you leave the forward pass out
def flops_to_train(forward_macs, examples, epochs):
    forward = sum(forward_macs)
    return 2 * (2 * forward - forward_macs[0]) * examples * epochs
