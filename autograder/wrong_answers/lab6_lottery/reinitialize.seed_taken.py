# mistake: takes only the generator's seed, and draws from PyTorch's own
# says: doesn't draw from the generator
def reinitialize(model, masks, generator):
    torch.manual_seed(generator.initial_seed())
    with torch.no_grad():
        for name, p in model.named_parameters():
            if name in masks:
                torch.nn.init.xavier_normal_(p)
                p *= masks[name]
            else:
                p.zero_()
    return model
