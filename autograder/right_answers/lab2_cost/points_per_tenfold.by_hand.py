# different: covariance over variance, by hand
def points_per_tenfold(costs, values):
    x = [np.log10(float(c)) for c in costs]
    mx, my = sum(x) / len(x), sum(values) / len(values)
    top = sum((a - mx) * (b - my) for a, b in zip(x, values))
    return top / sum((a - mx) ** 2 for a in x)
