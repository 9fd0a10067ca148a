# different: numpy, the idle bounds turned round
import numpy as np


def above_idle(run, run_seconds, idle, idle_seconds):
    return np.array(run) - np.array(idle)[::-1] * run_seconds / idle_seconds
