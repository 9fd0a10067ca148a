# different: a numpy number, the groups one after another
def conv_macs(channels, filters, kernel, side, stride=1, padding=0, groups=1):
    out = np.int64(np.floor((side + 2 * padding - kernel) / stride)) + 1
    total = np.int64(0)
    for _ in range(groups):
        total += np.prod([out, out, filters // groups, channels // groups, kernel, kernel])
    return total
