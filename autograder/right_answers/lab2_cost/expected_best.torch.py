# different: torch, a tensor as the answer
def expected_best(n, scores):
    v = torch.tensor(scores, dtype=torch.float64).sort().values
    below = (torch.arange(len(v) + 1, dtype=torch.float64) / len(v)) ** n
    return (v * below.diff()).sum()
