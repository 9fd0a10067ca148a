# mistake: counts the places of the input
# says: you count the places of the input
def conv_macs(channels, filters, kernel, side, stride=1, padding=0, groups=1):
    return side**2 * filters * (channels // groups) * kernel**2
