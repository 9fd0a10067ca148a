# mistake: leaves the root out
# says: root is missing
def rmse(p, y):
    return ((p - y) ** 2).mean(-1)
