# mistake: counts numbers
# says: each takes 4 bytes
def net_bytes(inputs, hidden):
    return inputs * hidden + hidden + hidden + 1
