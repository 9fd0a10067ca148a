# mistake: changes the masks of the caller
# says: changes the caller's masks
def remove_dead(masks):
    for _ in masks:
        for i in range(len(masks) - 1):
            dead = ~masks[i].any(dim=1) | ~masks[i + 1].any(dim=0)
            masks[i][dead] = False
            masks[i + 1][:, dead] = False
    return masks
