# different: once forward and once backward
def remove_dead(masks):
    new = [mask.clone() for mask in masks]
    for before, after in zip(new, new[1:]):
        after[:, before.sum(1) == 0] = False
    for after, before in zip(new[::-1], new[-2::-1]):
        before[after.sum(0) == 0] = False
    return tuple(new)
