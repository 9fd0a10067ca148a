"""The library's predictions that ship with the package, and the command that makes them again."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import sklearn

from greenlab import data
from greenlab.ensemble import bagged, select
from greenlab.installed import HERE, reinstall
from greenlab.metrics import Array, rmse
from greenlab.study import write_whole
from greenlab.zoo.library import Library, build
from greenlab.zoo.models import FAMILIES, family

LEVELS = 255  # predictions are kept as whole 255ths
SHIPPED = ("letter.p1", "letter.p2")

CARD = """# Data card: {file}

- **What**: what {models} models of {name} predict and cost. `names`; `climb` (models, {climb:,})
  and `test` (models, {test:,}), the probabilities of class 1 in whole 255ths (uint8);
  `train_seconds`, and `seconds` to classify 10,000 points, CPU seconds on one thread (nets of the
  same epochs were trained side by side and share theirs equally); `bytes` of a model's file.
- **Use**: `greenlab.zoo.recorded.shipped("{name}")`: ensemble selection without training.
- **Points**: `greenlab.data.problem("{name}")`: {train:,} to train each model on, {climb:,} for
  hill climbing ({positive:,} of class 1), {test:,} to test; see the data card of the set.
- **Models**: `greenlab.zoo.models`, scikit-learn {sklearn}; nets by `greenlab.students`. RMSE on
  the test points:

{table}

- **Teachers**, selected on the points for hill climbing; RMSE on the test points, models, CPU
  seconds to classify 10,000 points, MB:

{teachers}

  Best: the one model that is best on the points for hill climbing, {best}. Greedy:
  `greenlab.ensemble.select`, 100 steps, sorted start. Bagged: `greenlab.zoo.recorded.teacher`, the
  mean of 20 such selections, each from half the models.
- **Cost**: {cost:.0f} CPU seconds to train all, {classify:.0f} to classify the points.
- **Rebuild**: `greenlab zoo library --problem {name}`. Another processor may round differently
  and move single predictions, most in nets.
- **Known limits**: rounding to 255ths moves a probability by up to 0.002; a model surer than that
  reads 0 or 1. Seconds are of one x86 CPU, in one run.
- **License**: as the package's; the points' own is in the data card of the set.
"""


def shipped(name: str) -> Library:
    """The shipped predictions for "letter.p1" or "letter.p2".

    Raises ValueError for another name, RuntimeError when the file is missing or broken.
    """
    if name not in SHIPPED:
        raise ValueError(f"no predictions ship for {name!r}; choose one of {list(SHIPPED)}")
    return load(HERE / "data" / f"{file_of(name)}.npz")


def file_of(name: str) -> str:
    """The name of a problem's file of predictions, without its ending."""
    return f"library_{name.replace('.', '_')}"


def save(library: Library, path: Path) -> None:
    """Write a library's predictions, rounded to whole 255ths, and costs to an npz file."""
    arrays = {"names": np.array(library.names), "bytes": library.bytes}
    for part in ("climb", "test"):
        arrays[part] = np.rint(LEVELS * getattr(library, part)).astype(np.uint8)
    for cost in ("train_seconds", "seconds"):
        arrays[cost] = getattr(library, cost).astype(np.float32)
    write_whole(path, lambda part: np.savez_compressed(part, **arrays))


def load(path: Path) -> Library:
    """Read what `save` has written. Raises RuntimeError when the file is missing or broken."""
    try:
        with np.load(path) as file:
            arrays = {name: file[name] for name in file.files}
        for part in ("climb", "test"):
            arrays[part] = arrays[part] / LEVELS
        for cost in ("train_seconds", "seconds"):
            arrays[cost] = arrays[cost].astype(np.float64)
        return Library(**arrays | {"names": tuple(arrays["names"].tolist())})
    except Exception as error:  # missing, cut off, not a zip: numpy raises five kinds
        raise RuntimeError(f"{path} can't be read: {error}. {reinstall(path)}") from error


def teacher(library: Library, problem: data.Problem) -> Array:
    """The paper's teacher: weights (models,) of bagged selection by RMSE, the same each time."""
    return bagged(library.climb, problem.climb_y, np.random.default_rng(0))


def card(library: Library, problem: data.Problem) -> str:
    """The data card of a library's predictions, as Markdown."""
    alone = rmse(library.test, problem.test_y)
    best = int(np.argmin(rmse(library.climb, problem.climb_y)))
    teachers = {
        "best": np.eye(len(library))[best],
        "greedy": select(library.climb, problem.climb_y).weights,
        "bagged": teacher(library, problem),
    }
    chosen = ["| teacher | RMSE | models | CPU seconds | MB |", "| --- " * 5 + "|"]
    for name, weights in teachers.items():
        members = weights > 0
        chosen.append(
            f"| {name} | {rmse(weights @ library.test, problem.test_y):.4f} | {members.sum()} | "
            f"{library.seconds[members].sum():.2f} | {library.bytes[members].sum() / 1e6:.1f} |"
        )
    kinds = np.array([family(name) for name in library.names])
    rows = ["| family | models | best | median | CPU seconds to train |", "| --- " * 5 + "|"]
    for kind in (kind for kind in FAMILIES if kind in kinds):
        own, took = alone[kinds == kind], library.train_seconds[kinds == kind].sum()
        rows.append(
            f"| {kind} | {len(own)} | {own.min():.4f} | {np.median(own):.4f} | {took:.1f} |"
        )
    points = len(problem.climb_y) + len(problem.test_y)
    return CARD.format(
        file=file_of(problem.name),
        name=problem.name,
        models=len(library),
        train=len(problem.train_y),
        climb=len(problem.climb_y),
        test=len(problem.test_y),
        positive=int(problem.climb_y.sum()),
        sklearn=sklearn.__version__,
        table="\n".join(f"  {row}" for row in rows),
        teachers="\n".join(f"  {row}" for row in chosen),
        best=library.names[best],
        cost=library.train_seconds.sum(),
        classify=library.seconds.sum() * points / 10_000,
    )


def main(argv: list[str] | None = None) -> int:
    """The command `greenlab zoo library`: train a problem's library and write its predictions."""
    parser = argparse.ArgumentParser(
        prog="greenlab zoo library",
        description="Train the library of models of a problem. The models stay in a folder, so "
        "that a build that was stopped goes on; predictions and data card are written beside it.",
        epilog="example: greenlab zoo library --problem letter.p1",
    )
    parser.add_argument("--problem", default="letter.p1", help="letter.p1, letter.p2, adult, …")
    parser.add_argument("--out", type=Path, default=Path("zoo"), help="folder to write to (./zoo)")
    parser.add_argument("--jobs", type=int, default=1, help="models trained at a time (1)")
    args = parser.parse_args(argv)
    try:
        problem = data.problem(args.problem)
    except (ValueError, data.DataUnavailable) as error:
        parser.error(str(error))
    print(problem)
    try:
        library = build(problem, args.out / problem.name, jobs=args.jobs)
        path = args.out / f"{file_of(problem.name)}.npz"
        save(library, path)
        library = load(path)  # the card tells of what is kept
        path.with_suffix(".md").write_text(card(library, problem), encoding="utf-8")
    except OSError as error:
        print(f"greenlab zoo library: {error.filename}: {error.strerror}", file=sys.stderr)
        return 2
    error = rmse(teacher(library, problem) @ library.test, problem.test_y)
    print(
        f"{problem.name}: {len(library)} models; RMSE of the teacher selected from them, on the "
        f"test points: {error:.4f}; written to {args.out}/"
    )
    return 0
