# mistake: takes the first layer out of the caller's list
# says: changes the list
def flops_to_train(forward_macs, examples, epochs):
    first = forward_macs.pop(0)
    return 2 * (2 * first + 3 * sum(forward_macs)) * examples * epochs
