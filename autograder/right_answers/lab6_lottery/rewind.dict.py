# different: builds m ⊙ θ0 as a dict and loads it
def rewind(model, start, masks):
    ticket = {}
    for name, value in start.items():
        ticket[name] = torch.where(masks[name], value, 0.0) if name in masks else value
    model.load_state_dict(ticket)
    return model
