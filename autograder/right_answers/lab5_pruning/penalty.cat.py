# different: puts all weights in one vector
def penalty(ws, l1=0.0, l2=0.0):
    flat = torch.cat([w.reshape(-1) for w in ws])
    return l1 * torch.linalg.vector_norm(flat, 1) + 0.5 * l2 * flat @ flat
