# mistake: counts the biases, too
# says: you count the biases
def conv_macs(channels, filters, kernel, side, stride=1, padding=0, groups=1):
    out = (side + 2 * padding - kernel) // stride + 1
    return out**2 * filters * ((channels // groups) * kernel**2 + 1)
