# different: counts the layers
def prune_round(model, masks, rate=0.2):
    new, count = {}, len(masks)
    for i, (name, mask) in enumerate(masks.items()):
        share = rate
        if i + 1 == count:
            share = rate / 2
        with torch.no_grad():
            new[name] = prune_layer(model.get_parameter(name), mask, share)
    return new
