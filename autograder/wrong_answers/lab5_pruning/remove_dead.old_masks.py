# mistake: goes through once, by the old masks
# says: repeat until nothing changes
def remove_dead(masks):
    new = [mask.clone() for mask in masks]
    for i in range(len(masks) - 1):
        dead = ~masks[i].any(dim=1) | ~masks[i + 1].any(dim=0)
        new[i][dead] = False
        new[i + 1][:, dead] = False
    return new
