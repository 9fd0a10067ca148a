# mistake: returns nothing
# says: no return
def find_ticket(model, rounds, images, labels, rate=0.2, **options):
    start = copy.deepcopy(model.state_dict())
    masks = dict(prune.Masks.full(model))
    for _ in range(rounds):
        learn(model, masks, images, labels, **options)
        masks = prune_round(model, masks, rate)
        rewind(model, start, masks)
