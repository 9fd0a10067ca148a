# mistake: removes neurons without inputs alone
# says: neurons without outputs stay
def remove_dead(masks):
    masks = [mask.clone() for mask in masks]
    for _ in masks:
        for i in range(len(masks) - 1):
            dead = ~masks[i].any(dim=1)
            masks[i][dead] = False
            masks[i + 1][:, dead] = False
    return masks
