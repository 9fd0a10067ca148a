# mistake: forgets the masks of the round before
# says: only the first round prunes
def find_ticket(model, rounds, images, labels, rate=0.2, **options):
    start = copy.deepcopy(model.state_dict())
    masks = dict(prune.Masks.full(model))
    everything = masks
    for _ in range(rounds):
        learn(model, masks, images, labels, **options)
        masks = prune_round(model, everything, rate)
        rewind(model, start, masks)
    return masks
