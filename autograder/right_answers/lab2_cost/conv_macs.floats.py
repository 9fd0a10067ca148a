# different: floats, math.floor and a loop over the places
import math


def conv_macs(channels, filters, kernel, side, stride=1, padding=0, groups=1):
    places = len(range(0, side + 2 * padding - kernel + 1, stride))
    each = math.floor(channels / groups) * float(kernel) * kernel
    return places * places * filters * each
