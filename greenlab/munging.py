"""MUNGE in windows of rows: what `greenlab.synth.munge` runs, to the last bit what its loop gives.

The loop looks at the rows one after another, because each step changes two of them. But steps on
pairs that lie far apart don't meet. So, in many copies at once, a window of successive rows gets
its nearest neighbors from one matrix product; steps are then kept up to the first one that an
earlier step of the window could have altered, and the next window begins there. The product is in
float32: it only says which few rows may be nearest, with a bound on its rounding; float64 decides.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

ROWS = 2**16  # rows of all the copies that are worked on together: bounds the memory of the draws
TILE = 2**22  # distances of one window at most: bounds the memory of the search
PAIRS = 2**15  # rows whose distances are taken again in float64 at a time
FOLD = 8  # distances that are folded into their least before the search for small ones
QUICK = 900_000  # multiply-adds: up to about so many BLAS skips copying a product's factors


def draw(n: int, d: int, p: float, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """What one pass needs: which attributes change, bool (n, d), and standard normals (n, 2, d)."""
    return rng.random((n, d)) < p, rng.standard_normal((n, 2, d))


def squared(a: np.ndarray, b: np.ndarray, nominal: Sequence[int] = ()) -> np.ndarray:
    """Squared distances over the last axis; a nominal attribute adds 1 where the values differ."""
    difference = a - b
    if len(nominal):
        difference[..., nominal] = difference[..., nominal] != 0
    return np.einsum("...d,...d->...", difference, difference)


def munge(
    copies: np.ndarray,
    p: float,
    s: float,
    rng: np.random.Generator,
    nominal: Sequence[int] = (),
    window: int | None = None,
) -> None:
    """One pass of MUNGE through each of `copies` (k, n, d), all alike and changed in place.

    `window` rows are searched for at once; no choice of it changes a value. Extra memory is
    bounded by ROWS and TILE, whatever k is.
    """
    k, n, _ = copies.shape
    window = max(1, min(window or round(math.sqrt(n) / 2.5), n, TILE // n))
    together = max(1, ROWS // n)
    for first in range(0, k, together):
        _Pass(copies[first : first + together], p, s, rng, nominal, window).run()


class _Pass:
    # Some copies on their way: `rows` (g, n, d) as they are, `at` (g,) the next row of each.

    def __init__(self, rows, p, s, rng, nominal, window) -> None:
        self.rows, self.s, self.nominal, self.window = rows, s, nominal, window
        g, n, d = rows.shape
        self.flat = rows.reshape(g * n, d)
        self.coin, self.noise = np.empty((g * n, d), bool), np.empty((g * n, 2, d))
        for c in range(g):
            self.coin[c * n : (c + 1) * n], self.noise[c * n : (c + 1) * n] = draw(n, d, p, rng)
        self.space = _Space(rows[0], nominal)
        points = self.space.place(rows[0])
        m = points.shape[1]
        tiles = -(-n * window * m // QUICK)
        self.width = -(-n // (tiles * FOLD)) * FOLD
        self.groups = tiles * self.width // FOLD
        padded = np.zeros((tiles * self.width, m), np.float32)
        padded[:n], padded[n:, -1] = points, np.finfo(np.float32).max / 4  # past the end: far
        self.points = np.empty((g, tiles, m, self.width), np.float32)
        self.points[:] = padded.reshape(tiles, self.width, m).transpose(0, 2, 1)
        self.at = np.zeros(g, int)

    def run(self) -> None:
        n, w = self.rows.shape[1], np.arange(self.window)
        while (live := np.flatnonzero(self.at < n)).size:
            i = self.at[live, None] + w
            over = i >= n
            i[over] = n - 1
            tile, column = np.divmod(i, self.width)
            asked = self.points[live[:, None], tile, :, column]  # (copies, window, m)
            norm = asked[..., -1].copy()  # ½ |x|²
            np.negative(asked, out=asked)
            asked[..., -1] = 1  # asked · point = ½ (squared distance − |x|²)
            low = self._search(live, i, asked)
            best = low.min(2)
            # |y| ≤ |x| + distance for a row y that is as near: ½ (|x|² + |y|²) ≤ 5 norm + 2 best
            limit = best + self.space.rounding * (5 * norm + 2 * best)
            j = self._nearest(live * n, i, low, limit)
            changed = self._changed(live * n, i, j)
            points = self.space.place(changed)
            near = asked @ points.transpose(0, 2, 1) <= limit[..., None]
            met = _met(i, j, near) | over
            kept = np.where(met.any(1), met.argmax(1), self.window)
            self._write(live, i, j, changed, points, w < kept[:, None])
            self.at[live] += kept

    def _search(self, live, i, asked) -> np.ndarray:
        # ½ (squared distance − |x|²) from each asked row to the nearest of each group of rows.
        tiles, _, width = self.points.shape[1:]
        product = np.empty((tiles, self.window, width), np.float32)
        folded = product.reshape(tiles, self.window, FOLD, width // FOLD)
        low = np.empty((len(live), self.window, tiles, width // FOLD), np.float32)
        tile, column = np.divmod(i, width)
        for b, c in enumerate(live):
            np.matmul(asked[b], self.points[c], out=product)
            product[tile[b], np.arange(self.window), column[b]] = np.inf  # not itself
            folded.min(2, out=low[b].transpose(1, 0, 2))
        return low.reshape(len(live), self.window, self.groups)

    def _nearest(self, base, i, low, limit) -> np.ndarray:
        # The nearest other row of each row i, the first of several: exact, within few groups.
        n = self.rows.shape[1]
        query, group = np.divmod(np.flatnonzero(low <= limit[..., None]), self.groups)
        base, x = np.repeat(base, i.shape[1]), i.ravel()
        found, distance = np.empty(len(query), int), np.empty(len(query))
        for first in range(0, len(query), PAIRS // FOLD):
            part = slice(first, first + PAIRS // FOLD)
            q = query[part, None]
            tile, first_of = np.divmod(group[part, None], self.width // FOLD)
            row = tile * self.width + first_of + self.width // FOLD * np.arange(FOLD)
            inside = np.minimum(row, n - 1)
            d2 = squared(self.flat[base[q] + inside], self.flat[(base + x)[q]], self.nominal)
            d2[(row >= n) | (row == x[q])] = np.inf
            best = d2.argmin(1)[:, None]
            found[part] = np.take_along_axis(row, best, 1)[:, 0]
            distance[part] = np.take_along_axis(d2, best, 1)[:, 0]
        starts = np.searchsorted(query, np.arange(i.size))
        found[distance > np.minimum.reduceat(distance, starts)[query]] = n
        return np.minimum.reduceat(found, starts).reshape(i.shape)

    def _changed(self, base, i, j) -> np.ndarray:
        # The new values of the rows i and then of their neighbors j: (copies, 2 · window, d).
        x = base[:, None] + i
        e, other = self.flat[x], self.flat[base[:, None] + j]
        sd = np.abs(e - other) / self.s
        sd[..., self.nominal] = 0  # nominal: the other's value itself
        coin, noise = self.coin[x], self.noise[x]
        return np.concatenate(
            [
                np.where(coin, other + sd * noise[:, :, 0], e),
                np.where(coin, e + sd * noise[:, :, 1], other),
            ],
            axis=1,
        )

    def _write(self, live, i, j, changed, points, kept) -> None:
        kept = np.concatenate([kept, kept], 1)
        copy = np.repeat(live, kept.sum(1))
        row = np.concatenate([i, j], 1)[kept]
        self.rows[copy, row] = changed[kept]
        tile, column = np.divmod(row, self.width)
        self.points[copy, tile, :, column] = points[kept]


def _met(i: np.ndarray, j: np.ndarray, near: np.ndarray) -> np.ndarray:
    # Which steps of a window an earlier one may alter: it wrote one of their two rows, or wrote a
    # row so near to the first that it may be the neighbor now. near: (copies, window, 2 · window).
    window = i.shape[1]
    earlier = np.tri(window, k=-1, dtype=bool)
    mine, theirs = i[:, None], j[:, None]
    same = (i[..., None] == theirs) | (j[..., None] == mine) | (j[..., None] == theirs)
    return ((same | near[..., :window] | near[..., window:]) & earlier).any(2)


class _Space:
    # Rows as points of which half the squared distances are products: continuous attributes as
    # they are, less their mean, nominal ones one-hot over √2; last, half the point's squared norm.

    def __init__(self, x: np.ndarray, nominal: Sequence[int]) -> None:
        self.nominal = [(a, np.unique(x[:, a])) for a in nominal]
        self.continuous = [a for a in range(x.shape[1]) if a not in set(nominal)]
        self.mean = x[:, self.continuous].mean(0)
        self.size = len(self.continuous) + sum(len(values) for _, values in self.nominal) + 1
        # |error| ≤ (1.5 size + 4) u (|x|² + |y|²) with u = eps / 2, at both ends of a comparison
        self.rounding = 2 * (1.5 * self.size + 4) * np.finfo(np.float32).eps

    def place(self, rows: np.ndarray) -> np.ndarray:
        point = np.empty((*rows.shape[:-1], self.size), np.float32)
        at = len(self.continuous)
        point[..., :at] = rows[..., self.continuous] - self.mean
        for a, values in self.nominal:
            there = rows[..., a, None] == values
            point[..., at : at + len(values)] = there * math.sqrt(0.5)
            at += len(values)
        point[..., -1] = np.einsum("...m,...m->...", point[..., :-1], point[..., :-1]) / 2
        return point
