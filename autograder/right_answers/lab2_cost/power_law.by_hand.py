# different: least squares by hand, an array as the answer
def power_law(sizes, errors):
    x, y = np.log(np.asarray(sizes, float)), np.log(np.asarray(errors, float))
    b = -((x - x.mean()) @ (y - y.mean())) / ((x - x.mean()) @ (x - x.mean()))
    return np.array([np.exp(y.mean() + b * x.mean()), b])
