# mistake: ignores the groups
# says: you ignore the groups
def conv_macs(channels, filters, kernel, side, stride=1, padding=0, groups=1):
    out = (side + 2 * padding - kernel) // stride + 1
    return out**2 * filters * channels * kernel**2
