# mistake: forgets the padding
# says: you leave the padding out
def conv_macs(channels, filters, kernel, side, stride=1, padding=0, groups=1):
    out = (side - kernel) // stride + 1
    return out**2 * filters * (channels // groups) * kernel**2
