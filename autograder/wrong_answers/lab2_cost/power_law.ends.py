# mistake: takes the first and the last point
# says: your line goes through the first and last point
def power_law(sizes, errors):
    b = -np.log(errors[-1] / errors[0]) / np.log(sizes[-1] / sizes[0])
    return errors[0] * sizes[0] ** b, b
