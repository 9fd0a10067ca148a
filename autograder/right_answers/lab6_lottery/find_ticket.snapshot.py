# different: lottery.snapshot; rewinds at the beginning and at the end
def find_ticket(model, rounds, images, labels, rate=0.2, **options):
    start = lottery.snapshot(model)
    masks = dict(prune.Masks.full(model))
    for _ in range(rounds):
        rewind(model, start, masks)
        learn(model, masks, images, labels, **options)
        masks = prune_round(model, masks, rate)
    return (rewind(model, start, masks), masks)[1]
