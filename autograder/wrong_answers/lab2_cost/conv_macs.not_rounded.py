# mistake: divides without rounding down
# says: you don't round
def conv_macs(channels, filters, kernel, side, stride=1, padding=0, groups=1):
    out = (side + 2 * padding - kernel) / stride + 1
    return out**2 * filters * (channels // groups) * kernel**2
