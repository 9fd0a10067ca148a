# different: writes to .data, with masked_fill_
def rewind(model, start, masks):
    for name, p in model.named_parameters():
        p.data = start[name].clone()
        if name in masks:
            p.data.masked_fill_(~masks[name], 0)
    return model
