# mistake: scales the wrong way round
# says: the other way round
def above_idle(run, run_seconds, idle, idle_seconds):
    share = idle_seconds / run_seconds
    return run[0] - share * idle[2], run[1] - share * idle[1], run[2] - share * idle[0]
