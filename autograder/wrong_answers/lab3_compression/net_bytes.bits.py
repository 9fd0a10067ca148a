# mistake: counts bits
# says: these are bits
def net_bytes(inputs, hidden):
    return 32 * (inputs * hidden + hidden + hidden + 1)
