# different: one round, and the rest by a call of itself
def find_ticket(model, rounds, images, labels, rate=0.2, **options):
    def rounds_left(masks, count):
        if count == 0:
            return masks
        learn(model, masks, images, labels, **options)
        masks = prune_round(model, masks, rate)
        rewind(model, start, masks)
        return rounds_left(masks, count - 1)

    start = {name: value.clone() for name, value in model.state_dict().items()}
    everything = {
        name: torch.ones_like(w, dtype=torch.bool) for name, w in prune.weights(model).items()
    }
    return rounds_left(everything, rounds)
