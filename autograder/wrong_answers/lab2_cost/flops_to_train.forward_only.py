# mistake: forgets the backward pass
# says: the backward pass is missing
def flops_to_train(forward_macs, examples, epochs):
    forward = sum(forward_macs)
    return 2 * forward * examples * epochs
