"""The usual slips in making synthetic rows, told by what the rows show.

Random draws have no one right value: shares must lie within five standard errors.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from greenlab import check
from greenlab import mimic as package
from greenlab.metrics import Array


def rows_of(got: object, shape: tuple[int, int], what: str) -> Array:
    """The answer as rows of this shape. Raises NotYet when it is none."""
    check.that(got is not None, f"{what} gave None.\n  Likely mistake: the function has no return.")
    try:
        rows = np.asarray(got, dtype=float)
    except (TypeError, ValueError):
        kind = type(got).__name__
        raise check.NotYet(f"{what} should be an array of rows; it is a {kind}.") from None
    turned = " It is turned on its side: a row for each point." if rows.shape == shape[::-1] else ""
    check.that(
        rows.shape == shape,
        f"{what} has the shape {rows.shape}; it should be {shape}.{turned}",
    )
    return rows


def from_generator(draw: Callable[[np.random.Generator], Array], what: str) -> None:
    """Raise NotYet unless all that is random in `draw` comes from the generator given to it."""
    first, again, other = (draw(np.random.default_rng(seed)) for seed in (5, 5, 6))
    check.that(
        np.array_equal(first, again),
        f"{what} gives other numbers when it gets the same generator again.\n  Likely mistake: it "
        "draws from np.random or random; draw all from rng.",
    )
    check.that(
        not np.array_equal(first, other),
        f"{what} gives the same numbers whatever generator it gets.\n  Likely mistake: it makes a "
        "generator of its own; draw from rng.",
    )


def rand(function: Callable, n: int, count: int, seed: int = 0) -> None:
    """Raise NotYet unless `function(x, count, rng)` draws each attribute by itself (RAND)."""
    rng = np.random.default_rng(seed)
    base = rng.permutation(n)
    x = np.stack([np.where(base < 0.8 * n, 0.0, base / n), 2 + base / n, 4 + base / n], 1)
    before, what = x.copy(), f"rand(x, {count}, rng) of {n} rows"
    got = rows_of(function(x, count, np.random.default_rng(seed)), (count, 3), what)
    check.that(np.array_equal(x, before), "rand changes the rows of x: leave them as they are.")
    for a in range(3):
        strange = ~np.isin(got[:, a], x[:, a])
        mixed = bool(np.isin(got[strange, a], x).all())
        mistake = (
            "the values of all attributes lie in one heap; draw attribute a from x[:, a]"
            if mixed
            else "they are drawn from a range or a bell curve; draw from the values that are there"
        )
        check.that(
            not strange.any(),
            f"{what} has values of attribute {a} that no row of x has there.\n  Likely mistake: "
            f"{mistake}.",
        )
    tied = np.corrcoef(got[:, 1], got[:, 2])[0, 1]
    check.that(
        abs(tied) < 5 / np.sqrt(count),
        f"{what}: attributes 1 and 2 are correlated ({tied:.2f}).\n  Likely mistake: whole rows "
        "are drawn; for each attribute, draw which row its value comes from anew.",
    )
    share, wanted = float((got[:, 0] == 0).mean()), float((x[:, 0] == 0).mean())
    check.that(
        abs(share - wanted) < 5 * np.sqrt(wanted * (1 - wanted) / count),
        f"{what}: attribute 0 is 0 in {share:.0%} of the rows; in x it is in {wanted:.0%}.\n  "
        "Likely mistake: each different value is as likely as any other; draw a row's number, so "
        "that a frequent value stays frequent.",
    )
    distinct = len(np.unique(got[:, 1]))
    chance = n * (1 - (1 - 1 / n) ** count)
    check.that(
        abs(distinct - chance) < 5 * np.sqrt(n) / 2,
        f"{what} holds {distinct} different values of attribute 1; with replacement, about "
        f"{chance:.0f} are due.\n  Likely mistake: the values are shuffled, or drawn without "
        "replacement.",
    )
    from_generator(lambda g: np.asarray(function(x, count, g)), "rand")


def nearest_other(rows: Array, i: int) -> dict[str, int | float | Array]:
    """Slips of the number of the row nearest to row i."""
    difference = rows - rows[i]
    distance = np.square(difference).sum(1)
    others = np.delete(np.arange(len(rows)), i)
    right = package.nearest_other(rows, i)
    order = others[distance[others].argsort(kind="stable")]
    apart = others[distance[others] > 0]
    sums, most = np.abs(difference).sum(1), np.abs(difference).max(1)
    found = {
        "this is the row itself: it has the distance 0; leave it out": i,
        "this is the place among the others, without row i; give the number in rows": (
            int(distance[others].argmin())
        ),
        "this is the farthest row": int(order[-1]),
        "this is the second nearest; with the row itself left out, take the nearest": (
            int(order[1])
        ),
        "rows equal to row i are left out too; only row i itself is no neighbor": (
            int(apart[distance[apart].argmin()])
        ),
        "the distance is the sum of magnitudes; add up squares": (
            int(others[sums[others].argmin()])
        ),
        "the distance is the largest difference; add up squares": (
            int(others[most[others].argmin()])
        ),
        "the differences are added with their signs; square them first": (
            int(others[np.abs(difference.sum(1))[others].argmin()])
        ),
    }
    found = {mistake: number for mistake, number in found.items() if number != right}
    return found | {
        "this is the neighbor's row; give its number": rows[right],
        "this is the squared distance; give the row's number": float(distance[right]),
        "this is the distance; give the row's number": float(np.sqrt(distance[right])),
    }


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

    def still() -> Array:  # T′ is read as it was at the pass's start
        rows = x.copy()
        for i in range(len(x)):
            j = package.nearest_other(x, i)
            rows[i], rows[j] = x[j], x[i]
        return rows

    later = on(k)
    return {
        "the neighbor is looked for in x; T′ changes as it goes: nearest_other(rows, i)": np.tile(
            swaps(x.copy(), x), (k, 1)
        ),
        "each pass goes on from the one before; each begins with x.copy()": np.concatenate(later),
        "all passes are one array, which the later ones change: x.copy() in each pass": np.tile(
            later[-1], (k, 1)
        ),
        "nothing changed: munge_pair(rows, i, j, …) changes rows in place": np.tile(x, (k, 1)),
        "the rows are gone through from the last to the first": np.tile(backward(), (k, 1)),
        "the rows are read from x, not as they are now": np.tile(still(), (k, 1)),
    }
