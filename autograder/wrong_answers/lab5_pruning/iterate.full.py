# mistake: prunes from everything in each round
# says: the masks of the round before
def iterate(model, shares, images, labels, measure, **options):
    masks = dict(prune.Masks.full(model))
    measured = []
    for share in shares:
        new = {
            n: prune_further(w.detach(), masks[n], share) for n, w in prune.weights(model).items()
        }
        retrain(model, new, images, labels, **options)
        measured.append(measure(model))
    return masks, measured
