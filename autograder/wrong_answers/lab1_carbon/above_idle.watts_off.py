# mistake: subtracts watts from joules
# says: idle watts are subtracted
def above_idle(run, run_seconds, idle, idle_seconds):
    watts = [joules / idle_seconds for joules in idle]
    return run[0] - watts[2], run[1] - watts[1], run[2] - watts[0]
