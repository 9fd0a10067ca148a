# different: two roots of math
import math


def retraining_dropout(rate, kept, connections):
    return math.sqrt(kept) / math.sqrt(connections) * rate
