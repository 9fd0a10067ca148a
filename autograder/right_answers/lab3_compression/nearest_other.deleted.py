# different: without row i, and counted back
def nearest_other(rows, i):
    rest = np.delete(rows, i, axis=0)
    j = np.square(rest - rows[i]).sum(1).argmin()
    return j + (j >= i)
