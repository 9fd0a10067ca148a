# mistake: works on a copy of the model
# says: a copy of the model
def find_ticket(model, rounds, images, labels, rate=0.2, **options):
    start, own = lottery.snapshot(model), copy.deepcopy(model)
    masks = dict(prune.Masks.full(model))
    for _ in range(rounds):
        learn(own, masks, images, labels, **options)
        masks = prune_round(own, masks, rate)
        rewind(own, start, masks)
    return masks
