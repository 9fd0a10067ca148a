# mistake: goes back to the first weights in each round
# says: first weights
def iterate(model, shares, images, labels, measure, **options):
    masks = dict(prune.Masks.full(model))
    measured = []
    first = copy.deepcopy(model.state_dict())
    for share in shares:
        masks = {
            n: prune_further(w.detach(), masks[n], share) for n, w in prune.weights(model).items()
        }
        model.load_state_dict(first)
        retrain(model, masks, images, labels, **options)
        measured.append(measure(model))
    return masks, measured
