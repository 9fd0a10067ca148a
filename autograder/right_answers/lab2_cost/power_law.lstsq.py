# different: numpy least squares, an array as the answer
def power_law(sizes, errors):
    x = np.log(np.asarray(sizes))
    design = np.column_stack([np.ones(len(x)), -x])
    (log_a, b), *_ = np.linalg.lstsq(design, np.log(np.asarray(errors)), rcond=None)
    return np.array([np.e**log_a, b])
