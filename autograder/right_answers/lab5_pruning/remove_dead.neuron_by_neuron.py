# different: neuron by neuron until nothing changes, and gives a tuple
def remove_dead(masks):
    masks = [mask.clone() for mask in masks]
    changed = True
    while changed:
        changed = False
        for before, after in zip(masks, masks[1:]):
            for j in range(len(before)):
                if bool(before[j].any()) != bool(after[:, j].any()):
                    before[j], after[:, j], changed = False, False, True
    return tuple(masks)
