# mistake: counts the dense layer
# says: bytes of the dense layer
def csr_bytes(mask):
    return 4 * mask.numel()
