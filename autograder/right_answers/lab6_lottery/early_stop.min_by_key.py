# different: min over triples by the loss
def early_stop(iterations, losses, errors):
    _, iteration, count = min(zip(losses, iterations, errors), key=lambda row: row[0])
    return torch.tensor([iteration, count])
