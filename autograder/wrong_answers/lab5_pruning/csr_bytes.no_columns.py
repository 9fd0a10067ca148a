# mistake: forgets the columns
# says: columns' numbers are missing
def csr_bytes(mask):
    return 4 * int(mask.sum()) + 4 * (len(mask) + 1)
