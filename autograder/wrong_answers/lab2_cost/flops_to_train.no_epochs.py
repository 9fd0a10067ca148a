# mistake: forgets the epochs
# says: you leave the epochs out
def flops_to_train(forward_macs, examples, epochs):
    forward = sum(forward_macs)
    return 2 * (3 * forward - forward_macs[0]) * examples
