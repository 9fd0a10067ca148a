# different: covariance over variance by torch
def doubling_months(years, amounts):
    t = torch.tensor(list(years), dtype=torch.float64)
    y = torch.tensor(list(amounts), dtype=torch.float64).log2()
    t, y = t - t.mean(), y - y.mean()
    return 12 * (t @ t) / (t @ y)
