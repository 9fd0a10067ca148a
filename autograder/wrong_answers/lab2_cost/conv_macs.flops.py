# mistake: calls multiply-adds FLOPs
# says: you give FLOPs
def conv_macs(channels, filters, kernel, side, stride=1, padding=0, groups=1):
    out = (side + 2 * padding - kernel) // stride + 1
    return 2 * out**2 * filters * (channels // groups) * kernel**2
