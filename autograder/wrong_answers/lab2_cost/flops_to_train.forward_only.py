# mistake: forgets the backward pass
# says: you leave the backward pass out
def flops_to_train(forward_macs, examples, epochs):
    forward = sum(forward_macs)
    return 2 * forward * examples * epochs
