# mistake: adds the idle machine
# says: subtract them
def above_idle(run, run_seconds, idle, idle_seconds):
    share = run_seconds / idle_seconds
    return tuple(a + share * b for a, b in zip(run, idle))
