# mistake: subtracts low from low and high from high
# says: the difference is least where
def above_idle(run, run_seconds, idle, idle_seconds):
    share = run_seconds / idle_seconds
    return tuple(a - share * b for a, b in zip(run, idle))
