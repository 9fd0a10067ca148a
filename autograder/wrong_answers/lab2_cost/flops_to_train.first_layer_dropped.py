# mistake: leaves the first layer out of backward
# says: its weights need one gradient
def flops_to_train(forward_macs, examples, epochs):
    forward = sum(forward_macs)
    backward = 2 * sum(forward_macs[1:])
    return 2 * (forward + backward) * examples * epochs
