# mistake: rewinds at the beginning of a round, and leaves the model trained
# says: is left with its trained weights
def find_ticket(model, rounds, images, labels, rate=0.2, **options):
    start = copy.deepcopy(model.state_dict())
    masks = dict(prune.Masks.full(model))
    for _ in range(rounds):
        rewind(model, start, masks)
        learn(model, masks, images, labels, **options)
        masks = prune_round(model, masks, rate)
    return masks
