# mistake: takes backward as forward
# says: you take backward as forward
def flops_to_train(forward_macs, examples, epochs):
    forward = sum(forward_macs)
    return 2 * 2 * forward * examples * epochs
