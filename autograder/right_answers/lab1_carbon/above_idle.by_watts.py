# different: by way of watts, all differences sorted
def above_idle(run, run_seconds, idle, idle_seconds):
    watts = [joules / idle_seconds for joules in idle]
    all_of_them = [a - w * run_seconds for a in run for w in watts]
    best = run[1] - watts[1] * run_seconds
    return min(all_of_them), best, max(all_of_them)
