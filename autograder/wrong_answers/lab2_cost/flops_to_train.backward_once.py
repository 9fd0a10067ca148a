# mistake: takes backward as forward
# says: each layer makes two gradients
def flops_to_train(forward_macs, examples, epochs):
    forward = sum(forward_macs)
    return 2 * 2 * forward * examples * epochs
