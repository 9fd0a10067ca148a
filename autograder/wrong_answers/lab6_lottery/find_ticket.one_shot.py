# mistake: trains once, and prunes round after round
# says: this is one shot
def find_ticket(model, rounds, images, labels, rate=0.2, **options):
    start = lottery.snapshot(model)
    masks = dict(prune.Masks.full(model))
    learn(model, masks, images, labels, **options)
    for _ in range(rounds):
        masks = prune_round(model, masks, rate)
    rewind(model, start, masks)
    return masks
