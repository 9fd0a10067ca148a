# mistake: takes 8 bytes for a place
# says: not 8
def csr_bytes(mask):
    return 12 * int(mask.sum()) + 8 * (len(mask) + 1)
