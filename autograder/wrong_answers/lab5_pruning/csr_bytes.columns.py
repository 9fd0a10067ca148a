# mistake: counts a place for each column
# says: by the columns
def csr_bytes(mask):
    return 8 * int(mask.sum()) + 4 * (mask.shape[1] + 1)
