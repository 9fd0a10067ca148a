# mistake: returns the first layers alone
# says: there are 3 layers
def remove_dead(masks):
    masks = [mask.clone() for mask in masks]
    for _ in masks:
        for i in range(len(masks) - 1):
            dead = ~masks[i].any(dim=1) | ~masks[i + 1].any(dim=0)
            masks[i][dead] = False
            masks[i + 1][:, dead] = False
    return masks[:-1]
