# mistake: forgets the output's bias
# says: output's bias
def net_bytes(inputs, hidden):
    return 4 * (inputs * hidden + hidden + hidden)
