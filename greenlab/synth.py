"""Synthetic data to label with a teacher: RAND, NBE, MUNGE (Buciluă, Caruana, Niculescu-Mizil).

Rows x (n, d) of floats: continuous attributes scaled to [0, 1], nominal ones as codes, their
columns listed in `nominal`. Each method is given its random generator.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from greenlab import munging
from greenlab.mixture import fit


def rand(x: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """RAND: each attribute by itself, from its values in `x`, with replacement (§2).

    Returns (count, d): the marginals of `x`, and nothing of how the attributes hang together.
    Raises ValueError when `x` isn't (n, d) with n ≥ 1.
    """
    x = _rows(x, least=1)
    n, d = x.shape
    return x[rng.integers(n, size=(count, d)), np.arange(d)]


def nbe(
    x: np.ndarray, count: int, rng: np.random.Generator, nominal: Sequence[int] = ()
) -> np.ndarray:
    """NBE: rows (count, d) of a mixture of naive Bayes models fitted to `x` (§2).

    To draw again without fitting again: `greenlab.mixture.fit(x, rng, nominal)` once, `sample`
    often. Raises ValueError when `x` has fewer than two rows or `nominal` names no column.
    """
    x = _rows(x, least=2)
    return fit(x, rng, _columns(x, nominal)).sample(count, rng)


def munge(
    x: np.ndarray,
    k: int,
    p: float,
    s: float,
    rng: np.random.Generator,
    nominal: Sequence[int] = (),
) -> np.ndarray:
    """MUNGE (Algorithm 1): k passes through `x`, each leaving a changed copy; (k · n, d).

    For each row e of T′, a copy of `x`, and its nearest other row e′ in T′, with probability p
    for each attribute a: continuous, e_a ~ N(e′_a, sd) and e′_a ~ N(e_a, sd) with
    sd = |e_a − e′_a| / s; nominal, e_a and e′_a are swapped. Distances are Euclidean; a nominal
    attribute counts 1 where it differs; of equally near rows the first is taken.

    The same values as `munge_loop`, bit for bit, at a fraction of its time and with bounded
    memory beyond the result (`greenlab.munging`). Raises ValueError for fewer than two rows, values
    that are not finite, k < 0, p outside [0, 1], s ≤ 0, or a nominal column that there isn't.
    """
    x, nominal = _checked(x, k, p, s, nominal)
    copies = np.repeat(x[None], k, axis=0)
    munging.munge(copies, p, s, rng, nominal)
    return copies.reshape(-1, x.shape[1])


def munge_loop(
    x: np.ndarray,
    k: int,
    p: float,
    s: float,
    rng: np.random.Generator,
    nominal: Sequence[int] = (),
) -> np.ndarray:
    """MUNGE as it is published, row by row and attribute by attribute: to read, and to check by.

    Arguments, result and errors are those of `munge`; each step looks at all n rows.
    """
    x, nominal = _checked(x, k, p, s, nominal)
    copies = np.repeat(x[None], k, axis=0)
    for rows in copies:
        change, noise = munging.draw(*x.shape, p, rng)
        published(rows, change, noise, s, nominal)
    return copies.reshape(-1, x.shape[1])


def published(
    rows: np.ndarray,
    change: np.ndarray,
    noise: np.ndarray,
    s: float,
    nominal: Sequence[int] = (),
) -> None:
    """The loop of Algorithm 1 over T′ = `rows` (n, d), in place, as far as `change` goes.

    change, bool (steps, d): which attributes of row e change; noise (steps, 2, d): the standard
    normal draws for e and for e′. `greenlab.munging.draw` makes both.
    """
    for i in range(len(change)):
        distance = munging.squared(rows, rows[i], nominal)
        distance[i] = np.inf  # not itself
        j = int(distance.argmin())
        for a in np.flatnonzero(change[i]):
            mine, other = rows[i, a], rows[j, a]
            if a in nominal:
                rows[i, a], rows[j, a] = other, mine
            else:
                sd = abs(mine - other) / s
                rows[i, a] = other + sd * noise[i, 0, a]
                rows[j, a] = mine + sd * noise[i, 1, a]


def _checked(
    x: np.ndarray, k: int, p: float, s: float, nominal: Sequence[int]
) -> tuple[np.ndarray, list[int]]:
    x = _rows(x, least=2)
    if k < 0 or not 0 <= p <= 1 or not s > 0:
        raise ValueError(f"munge needs k ≥ 0, 0 ≤ p ≤ 1 and s > 0, got k={k}, p={p}, s={s}")
    return x, _columns(x, nominal)


def _rows(x: np.ndarray, least: int) -> np.ndarray:
    x = np.array(x, dtype=np.float64, order="C")
    if x.ndim != 2 or len(x) < least or not x.shape[1]:
        raise ValueError(f"the rows must be (n, d) with n ≥ {least} and d ≥ 1, got {x.shape}")
    if not np.isfinite(x).all():
        raise ValueError("the rows hold values that are not finite: they have no distance")
    return x


def _columns(x: np.ndarray, nominal: Sequence[int]) -> list[int]:
    columns = sorted({int(a) for a in nominal})
    if columns and not 0 <= columns[0] <= columns[-1] < x.shape[1]:
        raise ValueError(f"nominal columns must lie in 0 … {x.shape[1] - 1}, got {columns}")
    return columns
