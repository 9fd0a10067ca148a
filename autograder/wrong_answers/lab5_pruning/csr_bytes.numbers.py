# mistake: counts numbers
# says: each takes 4 bytes
def csr_bytes(mask):
    return 2 * int(mask.sum()) + len(mask) + 1
