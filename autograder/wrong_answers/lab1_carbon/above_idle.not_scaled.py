# mistake: subtracts the idle window as it is
# says: scale it by run_seconds / idle_seconds
def above_idle(run, run_seconds, idle, idle_seconds):
    return run[0] - idle[2], run[1] - idle[1], run[2] - idle[0]
