"""How fast is `greenlab.synth.munge`? CPU seconds beside the published loop, in one run.

From 4,000 and from 20,000 letters (16 attributes), in turns so that a busy machine is unfair to
neither: `munge`, all rows asked for, with the most memory that Python traced beyond the result in
a run of its own; `munge_loop`, measured on a part of the rows and scaled to all, for its time a row
does not depend on which row it is; and the same loop without NumPy, scaled likewise.

Compare within one run, never between runs. Example:

    python tests/benchmarks/munge.py --rows 400000 --repeats 3
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
import tracemalloc
from collections.abc import Callable

import numpy as np
import torch
from threadpoolctl import threadpool_limits

from greenlab import data, munging, synth

P, S = 0.3, 5.0


def cpu(call: Callable[[], object]) -> float:
    """CPU seconds of a call, of all threads."""
    began = time.process_time()
    call()
    return time.process_time() - began


def loop_rows(x: np.ndarray, rows: int) -> float:
    """CPU seconds of the first `rows` steps of `munge_loop` through x."""
    change, noise = munging.draw(len(x), x.shape[1], P, np.random.default_rng(0))
    return cpu(lambda: synth.published(x.copy(), change[:rows], noise[:rows], S))


def plain_rows(x: np.ndarray, rows: int) -> float:
    """CPU seconds of as many steps on lists of floats, as Algorithm 1 is written."""
    table, rng = x.tolist(), random.Random(0)

    def steps() -> None:
        for i in range(rows):
            e, best, j = table[i], float("inf"), -1
            for k, other in enumerate(table):
                distance = sum((a - b) ** 2 for a, b in zip(e, other, strict=True))
                if k != i and distance < best:
                    best, j = distance, k
            for a in range(len(e)):
                if rng.random() < P:
                    mine, other = e[a], table[j][a]
                    sd = abs(mine - other) / S
                    e[a], table[j][a] = rng.gauss(other, sd), rng.gauss(mine, sd)

    return cpu(steps)


def extra_mib(x: np.ndarray, k: int) -> float:
    """The most memory that was traced at once beyond the result's, in MiB."""
    tracemalloc.start()
    made = synth.munge(x, k, P, S, np.random.default_rng(0))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return (peak - made.nbytes) / 2**20


def main(argv: list[str] | None = None) -> None:
    """Time both forms from both sizes and print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=400_000, help="rows to make (400000)")
    parser.add_argument("--repeats", type=int, default=3, help="timed calls of each (3)")
    parser.add_argument("--part", type=int, default=500, help="steps of the loop to time (500)")
    args = parser.parse_args(argv)
    if min(args.rows, args.repeats, args.part) < 1:
        parser.error("--rows, --repeats and --part must be 1 or more")
    torch.set_num_threads(1)
    letters = data.letter("p1")
    full = np.concatenate([letters.train_x, letters.climb_x, letters.test_x])
    print(f"numpy {np.__version__}, 1 thread, p={P}, s={S}, median of {args.repeats}; CPU seconds")
    print(f"{'from':>6}{'rows':>9}{'munge':>8}{'loop':>9}{'/ munge':>9}"
          f"{'no NumPy':>10}{'/ munge':>9}{'extra MiB':>11}")  # fmt: skip
    with threadpool_limits(1):
        for n in (len(letters.train_x), len(full)):
            x, k = full[:n], max(1, args.rows // n)
            made, part = k * n, min(args.part, n)
            fast, slow = [], []
            for _ in range(args.repeats):
                fast.append(cpu(lambda x=x, k=k: synth.munge(x, k, P, S, np.random.default_rng(0))))
                slow.append(loop_rows(x, part) / part * made)
            plain = plain_rows(x, max(1, part // 50)) / max(1, part // 50) * made
            quick, loop = statistics.median(fast), statistics.median(slow)
            print(f"{n:6,}{made:9,}{quick:8.2f}{loop:9.1f}{loop / quick:8.0f}x"
                  f"{plain:10.0f}{plain / quick:8.0f}x{extra_mib(x, k):11.1f}")  # fmt: skip


if __name__ == "__main__":
    main()
