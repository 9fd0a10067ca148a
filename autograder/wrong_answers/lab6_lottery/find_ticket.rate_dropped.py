# mistake: does not hand the rate on
# says: the rate is not handed on
def find_ticket(model, rounds, images, labels, rate=0.2, **options):
    start = copy.deepcopy(model.state_dict())
    masks = dict(prune.Masks.full(model))
    for _ in range(rounds):
        learn(model, masks, images, labels, **options)
        masks = prune_round(model, masks)
        rewind(model, start, masks)
    return masks
