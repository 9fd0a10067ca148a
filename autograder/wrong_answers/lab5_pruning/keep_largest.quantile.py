# mistake: compares with a quantile
# says: >= keeps all
def keep_largest(w, density):
    return w.abs() >= w.abs().quantile(1 - density)
