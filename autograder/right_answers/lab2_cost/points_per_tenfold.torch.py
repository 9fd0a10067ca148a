# different: least squares by torch, a tensor as the answer
def points_per_tenfold(costs, values):
    x = torch.tensor(costs, dtype=torch.float64).log10()
    design = torch.stack([x, torch.ones_like(x)], dim=1)
    y = torch.tensor(values, dtype=torch.float64)
    return torch.linalg.lstsq(design, y[:, None]).solution[0, 0]
