"""How fast is `greenlab.ensemble.select`? Seconds of a whole selection beside others, in one run.

Greedy selection with replacement on made-up predictions of two-class models. The rivals:

- `loop`: the paper's procedure as it is usually written: for each step, for each model, the mean
  with it and its score, by numpy.
- `autogluon`: EnsembleSelection of autogluon.core, with its own root mean squared error and, since
  that one is for regression, problem type "regression"; the others are "binary". It rounds scores
  to six decimals and on a tie prefers a model that is in already, so it may take others. Only
  where it is installed; it is no dependency of this package.

All take turns, so that a busy machine is unfair to none; the figures are medians. What each found
is compared: its score on the hill-climbing set, and whether the models are the same.

Compare within one run, never between runs. Example:

    python tests/benchmarks/ensemble.py --models 100 --points 1000 --steps 100
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

import numpy as np

from greenlab import ensemble
from greenlab.metrics import HIGHER_IS_BETTER, METRICS

try:
    from autogluon.core import metrics as theirs
    from autogluon.core.models.greedy_ensemble.ensemble_selection import (
        EnsembleSelection as AutoGluon,
    )
except ImportError:
    AutoGluon = None

# Our metric: autogluon's name of it and the type of problem that has it.
THEIR_METRICS = {
    "rmse": ("root_mean_squared_error", "regression"),
    "cross_entropy": ("log_loss", "binary"),
    "accuracy": ("accuracy", "binary"),
    "auc": ("roc_auc", "binary"),
}

Order = list[int]


def made_up(models: int, points: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Predictions (models, points) of models that are right to different degrees, and targets."""
    rng = np.random.default_rng(seed)
    targets = rng.integers(2, size=points)
    skill = rng.uniform(0.5, 2, size=(models, 1))
    logits = skill * (2 * targets - 1) + 2 * rng.standard_normal((models, points))
    return 1 / (1 + np.exp(-logits)), targets


def ours(predictions: np.ndarray, targets: np.ndarray, steps: int, metric: str) -> Order:
    """The order of `greenlab.ensemble.select`, from an empty ensemble."""
    return ensemble.select(predictions, targets, steps, metric, sorted_start=False).order.tolist()


def loop(predictions: np.ndarray, targets: np.ndarray, steps: int, metric: str) -> Order:
    """The same by two loops, a mean and a score at a time."""
    score, sign = METRICS[metric], -1 if metric in HIGHER_IS_BETTER else 1
    total, order = np.zeros(len(targets)), []
    for step in range(steps):
        losses = [sign * score((total + p) / (step + 1), targets) for p in predictions]
        order.append(int(np.argmin(losses)))
        total += predictions[order[-1]]
    return order


def autogluon(predictions: np.ndarray, targets: np.ndarray, steps: int, metric: str) -> Order:
    """The models that autogluon's EnsembleSelection takes, up to its best ensemble."""
    name, kind = THEIR_METRICS[metric]
    selection = AutoGluon(steps, kind, getattr(theirs, name))
    return [int(j) for j in selection.fit(list(predictions), targets).indices_]


def compare(metric: str, shape: tuple[int, int, int], repeats: int) -> None:
    """Print median seconds of each, what it found, and how many times ours it takes."""
    models, points, steps = shape
    predictions, targets = made_up(models, points)
    rivals: dict[str, Callable[..., Order]] = {"ours": ours, "loop": loop}
    if AutoGluon is not None:
        rivals["autogluon"] = autogluon
    took: dict[str, list[float]] = {name: [] for name in rivals}
    found: dict[str, Order] = {}
    for turn in range(repeats + 1):  # the first is not timed
        for name, rival in rivals.items():
            began = time.perf_counter()
            found[name] = rival(predictions, targets, steps, metric)
            if turn:
                took[name].append(time.perf_counter() - began)
    print(f"{metric}, {models} models, {points} points, {steps} steps, median of {repeats}")
    for name in rivals:
        seconds = statistics.median(took[name])
        ratio = seconds / statistics.median(took["ours"])
        order = found[name]
        path = [METRICS[metric](predictions[order[: i + 1]].mean(0), targets) for i in range(steps)]
        best = max(path) if metric in HIGHER_IS_BETTER else min(path)
        same = order == found["ours"][: len(order)]
        print(
            f"  {name:<10} {1000 * seconds:9.1f} ms  {ratio:7.1f}x  best {best:.6f}, "
            f"{len(order)} models, {'the same as ours' if same else 'others than ours'}"
        )


def main(argv: list[str] | None = None) -> None:
    """Run the comparison for each metric and print it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--models", type=int, default=100)
    parser.add_argument("--points", type=int, default=1000)
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--repeats", type=int, default=5, help="timed turns of each (5)")
    parser.add_argument("--metrics", nargs="+", choices=METRICS, default=list(METRICS))
    args = parser.parse_args(argv)
    if min(args.models, args.points, args.steps, args.repeats) < 1:
        parser.error("--models, --points, --steps and --repeats must be 1 or more")
    print(f"numpy {np.__version__}")
    if AutoGluon is None:
        print("autogluon.core is not installed here: ours is compared with the plain loop alone")
    for metric in args.metrics:
        compare(metric, (args.models, args.points, args.steps), args.repeats)


if __name__ == "__main__":
    main()
