# mistake: counts the parameters
# says: you give the parameters
def conv_macs(channels, filters, kernel, side, stride=1, padding=0, groups=1):
    return filters * (channels // groups) * kernel**2
