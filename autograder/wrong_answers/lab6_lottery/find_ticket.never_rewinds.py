# mistake: goes on from the trained weights
# says: it never rewinds
def find_ticket(model, rounds, images, labels, rate=0.2, **options):
    masks = dict(prune.Masks.full(model))
    for _ in range(rounds):
        learn(model, masks, images, labels, **options)
        masks = prune_round(model, masks, rate)
    return masks
