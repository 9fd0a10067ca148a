# mistake: adds the padding on one side
# says: you add the padding on one side
def conv_macs(channels, filters, kernel, side, stride=1, padding=0, groups=1):
    out = (side + padding - kernel) // stride + 1
    return out**2 * filters * (channels // groups) * kernel**2
