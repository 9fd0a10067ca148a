# mistake: takes the best idle value for all three
# says: it has bounds, too
def above_idle(run, run_seconds, idle, idle_seconds):
    rest = run_seconds / idle_seconds * idle[1]
    return [joules - rest for joules in run]
