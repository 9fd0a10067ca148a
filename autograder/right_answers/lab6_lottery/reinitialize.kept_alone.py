# different: draws numbers for the kept weights alone
def reinitialize(model, masks, generator):
    with torch.no_grad():
        for p in model.parameters():
            p.zero_()
        for name, w in prune.weights(model).items():
            deviation = (2 / (w.shape[0] + w.shape[1])) ** 0.5
            w[masks[name]] = torch.randn(int(masks[name].sum()), generator=generator) * deviation
    return model
