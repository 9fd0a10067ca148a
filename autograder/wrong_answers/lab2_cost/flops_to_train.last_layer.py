# mistake: spares the last layer
# says: you spare the last layer
def flops_to_train(forward_macs, examples, epochs):
    forward = sum(forward_macs)
    return 2 * (3 * forward - forward_macs[-1]) * examples * epochs
