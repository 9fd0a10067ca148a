# different: retrains by itself, with held_step
def iterate(model, shares, images, labels, measure, **options):
    masks = dict(prune.Masks.full(model))
    measured = []
    settings = {"lr": 2e-3, "batch": 200, "l1": 0.0, "l2": 0.0} | options
    for share in shares:
        masks = {
            k: prune_further(w.detach(), masks[k], share) for k, w in prune.weights(model).items()
        }
        prune.Masks(masks).apply(model)
        optimizer = torch.optim.Adam(model.parameters(), lr=settings["lr"])
        for _ in range(settings["epochs"]):
            for rows in train.batches(len(images), settings["batch"], settings["generator"]):
                held_step(
                    model,
                    masks,
                    optimizer,
                    images[rows],
                    labels[rows],
                    settings["l1"],
                    settings["l2"],
                )
        measured.append(measure(model))
    return masks, tuple(measured)
