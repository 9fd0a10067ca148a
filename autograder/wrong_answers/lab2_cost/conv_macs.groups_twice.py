# mistake: divides filters and channels by the groups
# says: you divide by the groups twice
def conv_macs(channels, filters, kernel, side, stride=1, padding=0, groups=1):
    out = (side + 2 * padding - kernel) // stride + 1
    return out**2 * (filters // groups) * (channels // groups) * kernel**2
