# mistake: takes the last of several that are equally near
# says: take the first
def nearest_other(rows, i):
    best, least = None, np.inf
    for j in range(len(rows)):
        gap = np.sum((rows[j] - rows[i]) ** 2)
        if j != i and gap <= least:
            best, least = j, gap
    return best
