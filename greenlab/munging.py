"""MUNGE in step: what `greenlab.synth.munge` runs, to the last bit what its loop gives.

All copies begin as T and meet their rows in the same order, so each step is made in all at once.
Let x and y be rows of T, x′ and y′ what has become of them in a copy, moved(x′) = |x′ − x|. Then
|x′ − y′| ≥ |x′ − y| − moved(y′) ≥ |x − y| − moved(x′) − moved(y′). What is nearest to x′ of a few
rows that are near x in T bounds the distance to the neighbor from above; a row with a larger bound
from below isn't the neighbor. The bound on the right, from distances within T, leaves few rows for
all copies together; the one in the middle, from one matrix product, a few of these in each copy.
Both are in float32 with room for its rounding; float64 decides among what is left. Where copies are
few, successive rows are looked at together: steps are kept up to the first one that an earlier one
could have altered. The farther rows move (small s), the less bounds rule out: at worst nothing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

MEMORY = 116_000_000  # bytes that copies in step take at most, unless a single one takes more
TILE = 2**20  # distances between rows of T that are known at a time
VALUES = 2**20  # values of the pairs of rows whose distances are taken in float64 at a time
COLUMNS = 200  # rows, of all copies in step, whose neighbors are looked for at a time
NEAR = 6  # rows near in T that bound the distance to the neighbor
FAR = 1e18  # rows that moved farther, or lie farther out, have no square in float32
ROOM = 1 + 1e-6  # more than what float32 rounds off a distance


def draw(
    n: int, d: int, p: float, rng: np.random.Generator, out: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """What one pass needs: which attributes change, bool (n, d), and standard normals (n, 2, d).

    The normals are put into `out` if it is given.
    """
    return rng.random((n, d)) < p, rng.standard_normal((n, 2, d), out=out)


def squared(a: np.ndarray, b: np.ndarray, nominal: Sequence[int] = ()) -> np.ndarray:
    """Squared distances over the last axis; a nominal attribute adds 1 where the values differ."""
    difference = a - b
    if len(nominal):
        difference[..., nominal] = difference[..., nominal] != 0
    return np.einsum("...d,...d->...", difference, difference)


def munge(
    copies: np.ndarray, p: float, s: float, rng: np.random.Generator, nominal: Sequence[int] = ()
) -> None:
    """One pass of MUNGE through each of `copies` (k, n, d), all alike and changed in place.

    Extra memory is bounded by MEMORY and some smaller blocks, whatever k is.
    """
    k, n, d = copies.shape
    # a row of a copy: float64 noise for two, bool coins; `moved` and two more float32, a bool
    together = max(1, min(MEMORY // (n * (17 * d + 13)), VALUES // (16 * d)))
    with np.errstate(over="ignore", invalid="ignore"):
        for first in range(0, k, together):
            _InStep(copies[first : first + together], p, s, rng, nominal).run()


class _InStep:
    # Copies in step: `rows` (n, g, d) as they are, in the memory of `copies` (g, n, d) until done;
    # `moved` (n, g), how far each is from its row of T at most, and `most` (n,), in any copy.

    def __init__(self, copies, p, s, rng, nominal) -> None:
        g, n, d = copies.shape
        self.copies, self.s, self.nominal = copies, s, nominal
        self.start = copies[0].copy()  # T
        self.rows = copies.reshape(n, g, d)
        self.flat = self.rows.reshape(n * g, d)
        self.rows[:] = self.start[:, None]
        self.coin, self.noise = np.empty((g, n, d), bool), np.empty((g, n, 2, d))
        for c in range(g):
            self.coin[c], _ = draw(n, d, p, rng, self.noise[c])
        self.moved, self.most = np.zeros((n, g), np.float32), np.zeros(n, np.float32)
        self.space = _Space(self.start, nominal)
        self.asked = self.space.place(self.start)
        self.points = self.space.turned(self.asked)
        # rows looked at together: the more of the n there are, the sooner two of their steps meet
        self.window = max(1, min(COLUMNS // g, round(math.sqrt(n) / 2.5), TILE // n))
        self.plain = False
        if not self.asked[:, -2].max() < FAR**2:
            self._give_up()

    def _give_up(self) -> None:
        # No bounds any more: row by row, each among all rows.
        self.plain, self.window = True, 1

    def run(self) -> None:
        n = len(self.rows)
        stripes = min(NEAR, n // 2)
        wide = n // stripes  # ≥ 2: a stripe with the row itself has another one
        block = max(self.window, TILE // n)
        for first in range(0, n, block):
            t = np.arange(first, min(first + block, n))
            apart = self.asked[t] @ self.points.T
            apart[t - first, t] = np.inf  # not itself
            striped = apart[:, : stripes * wide].reshape(len(t), stripes, wide)
            near = striped.argmin(2) + wide * np.arange(stripes)
            at = 0
            while at < len(t):
                part = slice(at, at + self.window)
                at += self._steps(t[part], apart[part], near[part])
        in_step = self.noise.reshape(-1)[: self.copies.size].reshape(self.rows.shape)
        in_step[:] = self.rows  # no more noise is needed
        self.copies[:] = in_step.transpose(1, 0, 2)

    def _steps(self, t, apart, near) -> int:
        # The steps for the rows t (w,), as far as none alters a later one. Returns how many.
        x = self.rows[t]
        j, least = self._among_all(t, x) if self.plain else self._nearest(t, x, apart, near)
        w, g = j.shape
        t, x = t[:w], x[:w]
        row = np.empty((2, w, g), int)
        row[0], row[1] = t[:, None], j
        at = row * g + np.arange(g)
        pair = self.flat.take(at, 0)
        sd = np.abs(pair[0] - pair[1]) / self.s
        if len(self.nominal):
            sd[..., self.nominal] = 0  # the other's value itself
        coin = self.coin[:, t[0] : t[0] + w].transpose(1, 0, 2)
        noise = self.noise[:, t[0] : t[0] + w].transpose(2, 1, 0, 3)
        changed = np.where(coin, pair[::-1] + sd * noise, pair)
        if not self.plain:
            moved = np.sqrt(squared(changed, self.start.take(row, 0), self.nominal)) * ROOM
            if not moved.max() < FAR:  # or not a number
                self._give_up()
                return 0
            if w > 1:
                w = self._unmet(t, x, row, changed, least)
                at, changed, moved = at[:, :w], changed[:, :w], moved[:, :w]
            self.moved.reshape(-1)[at] = moved
            self.most[t[:w]] = moved[0].max(1)
            j = np.unique(j[:w])  # few rows of many copies would be taken again and again
            self.most[j] = self.moved.take(j, 0).max(1)
        self.flat[at] = changed
        return w

    def _unmet(self, t, x, row, changed, least) -> int:
        # How many steps come before the first one that an earlier one may alter: it wrote one of
        # their two rows, or a row that is now as near as the neighbor. Axes: earlier, later, copy.
        met = squared(changed[:, :, None], x, self.nominal) <= least
        met |= (row[:, :, None] == row[1]) | (row[:, :, None] == t[:, None])
        later = (met.any((0, 3)) & (t[:, None] < t)).any(0)
        return int(later.argmax()) if later.any() else len(t)

    def _nearest(self, t, x, apart, near) -> tuple[np.ndarray, np.ndarray]:
        # The nearest other rows, the first of several, and their squared distances: (w, g), for as
        # many of the rows t as have no more than n candidates together.
        n, g, d = self.rows.shape
        close = squared(self.rows.take(near, 0), x[:, None], self.nominal).min(1)
        # 1 / FAR: the squares of still smaller distances vanish in float32
        bound = (np.sqrt(close) * ROOM + 1 / FAR).astype(np.float32)
        limit = self.most + (bound + self.moved[t]).max(1)[:, None]
        limit *= limit
        candidate = (apart <= limit).ravel().nonzero()[0]
        ends = candidate.searchsorted(np.arange(len(t) + 1) * n)
        w = max(1, int(ends.searchsorted(n, "right")) - 1)
        query = np.repeat(np.arange(w), np.diff(ends[: w + 1]))
        candidate = candidate[: ends[w]] - query * n

        asked, points = self.space.place(x[:w]), self.points.take(candidate, 0)
        product = np.empty((len(candidate), g), np.float32)
        for i in range(w):
            part = slice(ends[i], ends[i + 1])
            np.matmul(points[part], asked[i].T, out=product[part])
        limit = self.moved.take(candidate, 0)
        limit += bound.take(query, 0)
        limit *= limit
        pair = (product <= limit).ravel().nonzero()[0]
        if 3 * len(pair) > w * n * g:  # all rows in their order are looked at sooner
            return self._among_all(t[:w], x[:w])

        which = pair // g
        copy = pair - which * g
        j = candidate.take(which)
        asking = query.take(which) * g + copy
        distance = np.empty(len(pair))
        for first in range(0, len(pair), max(1, VALUES // d)):
            part = slice(first, first + max(1, VALUES // d))
            y = self.flat.take(j[part] * g + copy[part], 0)
            distance[part] = squared(y, x.reshape(-1, d).take(asking[part], 0), self.nominal)
        least = np.full(w * g, np.inf)
        np.minimum.at(least, asking, distance)
        hit = (distance == least.take(asking)).nonzero()[0][::-1]  # the first row is written last
        nearest = np.empty(w * g, int)
        nearest[asking[hit]] = j[hit]
        return nearest.reshape(w, g), least.reshape(w, g)

    def _among_all(self, t, x) -> tuple[np.ndarray, np.ndarray]:
        # The same without bounds: all rows, some at a time.
        n, g, d = self.rows.shape
        j, least, distance = np.empty((len(t), g), int), np.empty((len(t), g)), np.empty((n, g))
        together = max(1, VALUES // (16 * g * d))
        for i in range(len(t)):
            for first in range(0, n, together):
                part = slice(first, first + together)
                distance[part] = squared(self.rows[part], x[i], self.nominal)
            distance[t[i]] = np.inf
            j[i] = distance.argmin(0)
            least[i] = distance[j[i], np.arange(g)]
        return j, least


class _Space:
    # Rows as points whose squared distances are products, a little too small rather than too
    # large: continuous attributes less their mean, nominal ones one-hot over √2; then |x|² and 1.

    def __init__(self, x: np.ndarray, nominal: Sequence[int]) -> None:
        self.nominal = [(a, np.unique(x[:, a])) for a in nominal]
        self.continuous = [a for a in range(x.shape[1]) if a not in set(nominal)]
        self.mean = x[:, self.continuous].mean(0)
        self.size = len(self.continuous) + sum(len(values) for _, values in self.nominal) + 2
        # |error| ≤ (1.5 size + 4) eps (|x|² + |y|²): taken off both squares beforehand
        self.low = np.float32(1 - (1.5 * self.size + 8) * np.finfo(np.float32).eps)

    def place(self, rows: np.ndarray) -> np.ndarray:
        point = np.empty((*rows.shape[:-1], self.size), np.float32)
        at = len(self.continuous)
        numbers = rows[..., self.continuous] if self.nominal else rows
        np.subtract(numbers, self.mean, out=point[..., :at], casting="same_kind")
        for a, values in self.nominal:
            there = rows[..., a, None] == values
            point[..., at : at + len(values)] = there * math.sqrt(0.5)
            at += len(values)
        np.einsum("...m,...m->...", point[..., :at], point[..., :at], out=point[..., at])
        point[..., at] *= self.low
        point[..., at + 1] = 1
        return point

    def turned(self, points: np.ndarray) -> np.ndarray:
        # What the product with a point gives the squared distance: −2x, 1 and |x|².
        return np.concatenate([-2 * points[:, :-2], points[:, -1:], points[:, -2:-1]], axis=1)
