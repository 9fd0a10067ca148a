# mistake: goes through the layers twice and no more
# says: hidden neurons still have connections on one side alone
def remove_dead(masks):
    masks = [mask.clone() for mask in masks]
    for _ in range(2):
        for i in range(len(masks) - 1):
            dead = ~masks[i].any(dim=1) | ~masks[i + 1].any(dim=0)
            masks[i][dead] = False
            masks[i + 1][:, dead] = False
    return masks
