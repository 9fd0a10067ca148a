# mistake: forgets the biases
# says: biases are missing
def net_bytes(inputs, hidden):
    return 4 * (inputs * hidden + hidden)
