# mistake: takes backward as twice forward for every layer
# says: you count two gradients for the first layer
def flops_to_train(forward_macs, examples, epochs):
    forward = sum(forward_macs)
    return 2 * 3 * forward * examples * epochs
