# mistake: stores rows and columns
# says: one start for each row
def csr_bytes(mask):
    return 12 * int(mask.sum())
