"""The usual slips in the passes of MUNGE, told by rows whose swaps are known."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import numpy as np

from greenlab import check
from greenlab import mimic as package
from greenlab.check.synthetic import from_generator, rows_of
from greenlab.metrics import Array


def munge(function: Callable, k: int, n: int = 30, seed: int = 0) -> None:
    """Raise NotYet unless `function(x, k, p, s, rng, nominal)` makes k passes of MUNGE.

    With p = 1 and a huge s, each step swaps two rows: then the result is known.
    """
    rng = np.random.default_rng(seed)
    x, nominal = np.hstack([rng.random((n, 3)), rng.integers(2, size=(n, 1))]), [3]
    huge = 1e9

    def run(x: Array, p: float, s: float, generator: np.random.Generator) -> object:
        return function(x, k, p, s, generator, nominal)

    before, what = x.copy(), f"munge(x, {k}, p=1, s=1e9, …) of {n} rows"
    got = run(x, 1.0, huge, np.random.default_rng(seed))
    check.that(
        np.array_equal(x, before), "munge changes the rows of x: each pass works on x.copy()."
    )
    shape = np.shape(got) if got is not None else None
    for rows, mistake in (
        (n, "only one pass is returned: put the copies of all passes together"),
        ((k + 1) * n, "the rows of x are among them: return the changed copies alone"),
    ):
        check.that(
            shape != (rows, 4) or rows == k * n,
            f"{what} has {rows} rows; it should have {k * n}.\n  Likely mistake: {mistake}.",
        )
    if shape == (k, n, 4):
        raise check.NotYet(f"{what} has the shape {shape}; put the passes below each other: "
                           "np.concatenate.")  # fmt: skip
    got = rows_of(got, (k * n, 4), what)
    right = package.munge(x, k, 1.0, huge, np.random.default_rng(seed), nominal)
    with _earlier_exercises():
        check.close(got, right, what, _passes(x, k))
        got = rows_of(run(x, 0.0, 2.0, np.random.default_rng(seed)), (k * n, 4), "munge with p=0")
        check.close(got, np.tile(x, (k, 1)), f"munge(x, {k}, p=0, s=2, …), which changes nothing,")
        two = np.array([[0.2, 0.4, 0.9, 0.0], [0.3, 0.1, 0.8, 1.0]])  # neighbors with other codes
        got = np.asarray(run(two, 1.0, 2.0, np.random.default_rng(seed)))
        check.that(
            bool(np.isin(got[:, 3], (0, 1)).all()),
            "munge leaves values other than 0 and 1 in the nominal attribute.\n  Likely mistake: "
            "nominal is not handed on to munge_pair.",
        )
        from_generator(lambda g: np.asarray(run(x, 0.5, 2.0, g)), "munge")
        got = np.asarray(run(x, 0.5, 2.0, np.random.default_rng(seed)))
        check.that(
            len({one.tobytes() for one in got.reshape(k, n, 4)}) == k,
            f"munge(x, {k}, p=0.5, s=2, …): all passes, or some, are the same rows.\n  Likely "
            f"mistake: one pass is repeated; go through a fresh copy with new draws {k} times.",
        )
        _all_rows_change(run, x, lambda p, s, g: package.munge(x, k, p, s, g, nominal))


@contextmanager
def _earlier_exercises() -> Iterator[None]:
    try:
        yield
    except check.NotYet as no:
        raise check.NotYet(
            f"{no}\n  If Exercise 4 or 5 has no ✓ yet, mend it or use its checkpoint first."
        ) from None


def _all_rows_change(run: Callable, x: Array, right: Callable) -> None:
    # The mean share of changed numbers, over 20 generators; five standard errors are allowed.
    p, s, all_rngs = 0.3, 2.0, [np.random.default_rng(seed) for seed in range(40)]
    mine, theirs = (
        np.array([(np.reshape(made, (-1, *x.shape)) != x).mean() for made in runs])
        for runs in (
            [run(x, p, s, rng) for rng in all_rngs[:20]],
            [right(p, s, rng) for rng in all_rngs[20:]],
        )
    )
    error = np.sqrt((mine.var() + theirs.var()) / 20)
    share, wanted = mine.mean(), theirs.mean()
    mistake = "p is not handed on as it is"
    if share < wanted:
        mistake = "rows are passed over; the coin belongs to each attribute, in munge_pair"
    check.that(
        abs(share - wanted) < 5 * error,
        f"munge with p={p:g} changes {share:.0%} of the numbers; it should be about {wanted:.0%}."
        f"\n  Likely mistake: {mistake}.",
    )


def _passes(x: Array, k: int) -> dict[str, Array]:
    # k passes of swaps with one thing wrong, each (k · n, d).
    def swaps(rows: Array, among: Array | None = None, order: Sequence[int] = ()) -> Array:
        for i in order or range(len(rows)):
            j = package.nearest_other(rows if among is None else among, i)
            rows[[i, j]] = rows[[j, i]]
        return rows

    def on(copies: int) -> list[Array]:
        rows, found = x.copy(), []
        for _ in range(copies):
            found.append(swaps(rows).copy())
        return found

    def backward() -> Array:
        return swaps(x.copy(), order=range(len(x) - 1, -1, -1))

    def once() -> Array:
        rows, done = x.copy(), set()
        for i in range(len(rows)):
            if i not in done:
                j = package.nearest_other(rows, i)
                rows[[i, j]] = rows[[j, i]]
                done.add(j)
        return rows

    def still() -> Array:  # T′ is read as it was at the pass's start
        rows = x.copy()
        for i in range(len(x)):
            j = package.nearest_other(x, i)
            rows[i], rows[j] = x[j], x[i]
        return rows

    later = on(k)
    return {
        "the neighbor is looked for in x, or before the pass; T′ changes as it goes: "
        "nearest_other(rows, i)": np.tile(swaps(x.copy(), x), (k, 1)),
        "each pass goes on from the one before; each begins with x.copy()": np.concatenate(later),
        "all passes are one array, which the later ones change: x.copy() in each pass": np.tile(
            later[-1], (k, 1)
        ),
        "nothing changed: munge_pair(rows, i, j, …) changes rows in place": np.tile(x, (k, 1)),
        "the rows are gone through from the last to the first": np.tile(backward(), (k, 1)),
        "rows that were a neighbor already are passed over; each row has its turn": np.tile(
            once(), (k, 1)
        ),
        "the rows are read from x, not as they are now": np.tile(still(), (k, 1)),
    }
