# different: builds it and counts
def net_bytes(inputs, hidden):
    net = torch.nn.Sequential(
        torch.nn.Linear(inputs, hidden), torch.nn.ReLU(), torch.nn.Linear(hidden, 1)
    )
    return sum(t.numel() * t.element_size() for t in net.parameters())
