# mistake: trains without the masks
# says: learn gets masks that keep everything
def find_ticket(model, rounds, images, labels, rate=0.2, **options):
    start = copy.deepcopy(model.state_dict())
    masks = dict(prune.Masks.full(model))
    everything = masks
    for _ in range(rounds):
        learn(model, everything, images, labels, **options)
        masks = prune_round(model, masks, rate)
        rewind(model, start, masks)
    return masks
