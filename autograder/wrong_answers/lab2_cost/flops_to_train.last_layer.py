# mistake: spares the last layer
# says: the last layer is spared
def flops_to_train(forward_macs, examples, epochs):
    forward = sum(forward_macs)
    return 2 * (3 * forward - forward_macs[-1]) * examples * epochs
