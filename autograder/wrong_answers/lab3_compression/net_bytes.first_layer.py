# mistake: counts the first layer
# says: output layer
def net_bytes(inputs, hidden):
    return 4 * (inputs + 1) * hidden
