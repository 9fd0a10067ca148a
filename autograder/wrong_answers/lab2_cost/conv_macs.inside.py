# mistake: adds 1 before rounding down
# says: you put the + 1 inside the division
def conv_macs(channels, filters, kernel, side, stride=1, padding=0, groups=1):
    out = (side + 2 * padding - kernel + 1) // stride
    return out**2 * filters * (channels // groups) * kernel**2
