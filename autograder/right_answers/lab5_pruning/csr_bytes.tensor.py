# different: a tensor
def csr_bytes(mask):
    rows, columns = mask.shape
    return mask.count_nonzero() * 8 + (rows + 1) * 4
