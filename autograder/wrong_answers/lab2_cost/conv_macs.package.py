# mistake: calls the package's form
# says: uses greenlab.flops.conv_macs
from greenlab.flops import conv_macs as theirs


def conv_macs(channels, filters, kernel, side, stride=1, padding=0, groups=1):
    return theirs(channels, filters, kernel, side, stride, padding, groups)
