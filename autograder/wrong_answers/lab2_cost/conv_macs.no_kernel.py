# mistake: forgets the kernel
# says: you leave the kernel's area out
def conv_macs(channels, filters, kernel, side, stride=1, padding=0, groups=1):
    out = (side + 2 * padding - kernel) // stride + 1
    return out * out * filters * channels // groups
