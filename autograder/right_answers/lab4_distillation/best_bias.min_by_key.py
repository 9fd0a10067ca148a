# different: min with a key, a vector added instead of a clone
def best_bias(logits, labels, digit, shifts):
    column = F.one_hot(torch.tensor(digit), logits.shape[1])

    def count(shift):
        return (torch.argmax(logits + shift * column, dim=1) != labels).sum().item()

    return min(shifts, key=count)
