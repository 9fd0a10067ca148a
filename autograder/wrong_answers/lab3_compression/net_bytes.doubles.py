# mistake: takes 8 bytes a number
# says: 4 bytes, not 8
def net_bytes(inputs, hidden):
    return 8 * (inputs * hidden + hidden + hidden + 1)
