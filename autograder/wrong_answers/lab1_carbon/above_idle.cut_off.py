# mistake: cuts negative values off
# says: negative values are cut off
def above_idle(run, run_seconds, idle, idle_seconds):
    share = run_seconds / idle_seconds
    low = max(0, run[0] - share * idle[2])
    best = max(0, run[1] - share * idle[1])
    return low, best, max(0, run[2] - share * idle[0])
