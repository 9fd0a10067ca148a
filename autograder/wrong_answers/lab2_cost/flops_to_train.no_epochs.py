# mistake: forgets the epochs
# says: the epochs are missing
def flops_to_train(forward_macs, examples, epochs):
    forward = sum(forward_macs)
    return 2 * (3 * forward - forward_macs[0]) * examples
