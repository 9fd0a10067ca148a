# mistake: forgets that the output has two sides
# says: you take out places
def conv_macs(channels, filters, kernel, side, stride=1, padding=0, groups=1):
    out = (side + 2 * padding - kernel) // stride + 1
    return out * filters * (channels // groups) * kernel**2
