# different: layer by layer, with enumerate
def flops_to_train(forward_macs, examples, epochs):
    one = 0
    for i, macs in enumerate(forward_macs):
        passes = 3 if i else 2
        one += 2 * passes * macs
    return float(one) * examples * epochs
