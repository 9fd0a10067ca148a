# mistake: takes backward as twice forward for every layer
# says: the images need no gradient
def flops_to_train(forward_macs, examples, epochs):
    forward = sum(forward_macs)
    return 2 * 3 * forward * examples * epochs
