# mistake: forgets the + 1
# says: you leave out the + 1
def conv_macs(channels, filters, kernel, side, stride=1, padding=0, groups=1):
    out = (side + 2 * padding - kernel) // stride
    return out**2 * filters * (channels // groups) * kernel**2
