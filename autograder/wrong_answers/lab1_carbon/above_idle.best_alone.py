# mistake: gives the best value alone
# says: should give 3 numbers
def above_idle(run, run_seconds, idle, idle_seconds):
    return run[1] - run_seconds / idle_seconds * idle[1]
