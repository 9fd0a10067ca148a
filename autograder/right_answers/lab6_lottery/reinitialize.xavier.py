# different: torch.nn.init.xavier_normal_ and zeros_
def reinitialize(model, masks, generator):
    for name, p in model.named_parameters():
        if name not in masks:
            torch.nn.init.zeros_(p)
        else:
            torch.nn.init.xavier_normal_(p, generator=generator)
            p.data[~masks[name]] = 0
    return model
