# mistake: forgets the end of the last row
# says: rows + 1
def csr_bytes(mask):
    return 8 * int(mask.sum()) + 4 * len(mask)
