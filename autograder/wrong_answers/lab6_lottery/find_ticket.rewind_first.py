# mistake: rewinds before it prunes
# says: then θ0's magnitudes choose
def find_ticket(model, rounds, images, labels, rate=0.2, **options):
    start = copy.deepcopy(model.state_dict())
    masks = dict(prune.Masks.full(model))
    for _ in range(rounds):
        learn(model, masks, images, labels, **options)
        rewind(model, start, masks)
        masks = prune_round(model, masks, rate)
    rewind(model, start, masks)
    return masks
