# different: until nothing changes
def remove_dead(masks):
    masks = [mask.clone() for mask in masks]
    while True:
        before = sum(int(mask.sum()) for mask in masks)
        for i in range(1, len(masks)):
            alive = masks[i - 1].any(1) & masks[i].any(0)
            masks[i - 1] = masks[i - 1] & alive[:, None]
            masks[i] = masks[i] & alive
        if sum(int(mask.sum()) for mask in masks) == before:
            return masks
