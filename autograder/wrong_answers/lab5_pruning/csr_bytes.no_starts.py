# mistake: forgets where rows begin
# says: the row starts are missing
def csr_bytes(mask):
    return 8 * int(mask.sum())
