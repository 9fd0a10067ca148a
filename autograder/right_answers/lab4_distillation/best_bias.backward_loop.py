# different: from the last shift to the first, with <=
def best_bias(logits, labels, digit, shifts):
    best, fewest = shifts[-1], len(labels) + 1
    for shift in reversed(shifts):
        raised = torch.clone(logits)
        raised[:, digit] = raised[:, digit] + shift
        right_ones = (raised.max(dim=1).indices == labels).sum().item()
        errors = len(labels) - right_ones
        if errors <= fewest:
            best, fewest = shift, errors
    return best
