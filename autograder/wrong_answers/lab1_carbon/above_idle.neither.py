# mistake: neither scales nor turns the bounds
# says: and low − low
def above_idle(run, run_seconds, idle, idle_seconds):
    return [a - b for a, b in zip(run, idle)]
