# different: log10 and powers of ten, a list as the answer
def power_law(sizes, errors):
    x, y = np.log10(np.array(sizes, dtype=float)), np.log10(np.array(errors, dtype=float))
    b, a = np.polynomial.polynomial.polyfit(x, y, 1)[::-1]
    return [float(10**a), float(-b)]
