# different: makes a state dict from the last layer to the first
def reinitialize(model, masks, generator):
    new = {name: torch.zeros_like(value) for name, value in model.state_dict().items()}
    for name in reversed(list(masks)):
        outputs, inputs = masks[name].shape
        drawn = torch.randn(outputs, inputs, generator=generator)
        new[name] = drawn * (2 / (inputs + outputs)) ** 0.5 * masks[name]
    model.load_state_dict(new)
    return model
