"""RAND, NBE and MUNGE: by hand, against the published loop, in distribution, at the edges."""

from __future__ import annotations

import math
import random
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.spatial import cKDTree
from scipy.spatial.distance import cdist
from sklearn.mixture import GaussianMixture

from greenlab import data, mixture, munging, synth
from greenlab.munging import squared

FORMS = pytest.mark.parametrize("form", [synth.munge, synth.munge_loop])


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.fixture(scope="module")
def letters() -> np.ndarray:
    return data.letter("p2").train_x


@pytest.fixture(scope="module")
def corners() -> np.ndarray:
    """Rows near (0.2, 0.2) or near (0.8, 0.8), and a third attribute that copies the first."""
    g = rng(3)
    x = np.where(g.random((600, 1)) < 0.5, 0.2, 0.8) + 0.04 * g.standard_normal((600, 2))
    return np.column_stack([x, x[:, 0] + 0.01 * g.standard_normal(600)])


def plain_munge(x, k, p, s, seed, nominal=()):
    """Algorithm 1 once more, by itself: lists, math.dist, a generator of Python's own."""
    g, made = random.Random(seed), []
    for _ in range(k):
        rows = [list(map(float, row)) for row in x]
        for i, e in enumerate(rows):

            def far(j, e=e, rows=rows):
                return math.hypot(
                    *(
                        (v != w) if a in nominal else v - w
                        for a, (v, w) in enumerate(zip(e, rows[j], strict=True))
                    )
                )

            other = rows[min((j for j in range(len(rows)) if j != i), key=far)]
            for a in range(len(e)):
                if g.random() < p:
                    mine, theirs = e[a], other[a]
                    sd = 0.0 if a in nominal else abs(mine - theirs) / s
                    e[a], other[a] = g.gauss(theirs, sd), g.gauss(mine, sd)
        made += rows
    return np.array(made)


# --- MUNGE: what one pass does, by hand


@FORMS
def test_a_pass_by_hand(form):
    # sd ≈ 0: .0 and .1 swap; row 1, now .0, swaps back; row 2 swaps with its neighbor, row 1.
    made = form(np.array([[0.0], [0.1], [0.5]]), 1, 1.0, 1e15, rng())
    np.testing.assert_allclose(made[:, 0], [0.0, 0.5, 0.1], atol=1e-12)


@FORMS
def test_the_set_changes_as_it_goes(form):
    # From the rows as they began, row 2 would pair with row 1; row 1 is at .0 then, as is row 0.
    made = form(np.array([[0.0], [0.1], [0.15], [0.9]]), 1, 1.0, 1e15, rng())
    # by hand: 0↔1, 1↔0 back, row 1 (.1) and row 2 (.15) swap at row 2, row 3 with row 1 (.15)
    np.testing.assert_allclose(made[:, 0], [0.0, 0.9, 0.1, 0.15], atol=1e-12)


@FORMS
def test_both_of_the_pair_are_drawn_around_each_other_with_sd_over_s(form):
    # Rows 0 and 1 are alike, so that their steps change nothing; row 2 then meets row 0.
    x = np.array([[0.2] * 3, [0.2] * 3, [0.7] * 3])
    made = form(x, 700, 1.0, 5.0, rng()).reshape(700, 3, 3)
    assert (made[:, 1] == 0.2).all()
    assert stats.kstest(made[:, 2].ravel(), stats.norm(0.2, 0.1).cdf).pvalue > 0.01
    assert stats.kstest(made[:, 0].ravel(), stats.norm(0.7, 0.1).cdf).pvalue > 0.01
    assert abs(np.corrcoef(made[:, 0].ravel(), made[:, 2].ravel())[0, 1]) < 0.1


@FORMS
@pytest.mark.parametrize("nominal", [(), range(5)])
def test_each_attribute_changes_with_probability_p(form, nominal):
    # Row 2 is nobody's neighbor and comes last: what changes there, changed once.
    x = np.array([[0.0] * 5, [0.0] * 5, [1.0] * 5])
    made = form(x, 1500, 0.2, 5.0, rng(), nominal).reshape(1500, 3, 5)
    changed = made[:, 2] != 1
    assert abs(changed.mean() - 0.2) < 0.02
    assert stats.binomtest(int(changed.all(1).sum()), 1500, 0.2**5).pvalue > 0.001  # each by itself
    assert (changed == (made[:, 0] != 0)).all()  # where one changes, so does the other


@FORMS
def test_nominal_values_are_swapped_not_blended(form):
    x = np.column_stack([rng(1).random(40), rng(2).permutation(40)])
    made = form(x, 5, 0.5, 2.0, rng(), [1]).reshape(5, 40, 2)
    for rows in made:
        assert sorted(rows[:, 1]) == list(range(40))
        assert (rows[:, 1] != x[:, 1]).mean() > 0.3


# --- MUNGE: the fast form gives what the published loop gives


@given(
    n=st.integers(2, 40),
    kinds=st.lists(st.sampled_from(["number", "grid", "code", "same"]), min_size=1, max_size=5),
    twice=st.booleans(),
    size=st.sampled_from([1.0, 1e12, 1e-12, 1e25, 1e160]),
    k=st.integers(0, 5),
    p=st.sampled_from([0.0, 0.1, 0.5, 1.0]),
    s=st.sampled_from([1e-30, 1e-3, 0.3, 1.0, 5.0, 1e9]),
    memory=st.sampled_from([1, 6_000, munging.MEMORY]),
    columns=st.sampled_from([1, 7, munging.COLUMNS]),
    seed=st.integers(0, 2**32),
)
def test_bit_for_bit_what_the_loop_gives(n, kinds, twice, size, k, p, s, memory, columns, seed):
    g = rng(seed)
    make = {
        "number": lambda: size * g.random(n),
        "grid": lambda: size * g.integers(4, size=n) / 3,
        "code": lambda: g.integers(3, size=n).astype(float),
        "same": lambda: np.full(n, size / 2),
    }
    x = np.column_stack([make[kind]() for kind in kinds])
    if twice:
        x[n // 2 :] = x[: n - n // 2]
    nominal = [a for a, kind in enumerate(kinds) if kind == "code"]
    fast, loop = rng(seed), rng(seed)
    with pytest.MonkeyPatch.context() as patch, np.errstate(all="ignore"):
        patch.setattr(munging, "MEMORY", memory)
        patch.setattr(munging, "COLUMNS", columns)
        made = synth.munge(x, k, p, s, fast, nominal)
        np.testing.assert_array_equal(made, synth.munge_loop(x, k, p, s, loop, nominal))
    assert made.shape == (k * n, x.shape[1])
    assert fast.random() == loop.random()  # as much was drawn


@pytest.mark.parametrize(
    ("p", "s"), [(0.3, 5.0), (1.0, 0.5), (1.0, 1e-3), (0.3, 1e-14), (0.3, 1e-16), (0.5, 1e-100)]
)
def test_on_letters_with_their_many_ties(letters, p, s):
    x = letters[:600]
    with np.errstate(all="ignore"):  # rows move as far as there are numbers
        made = synth.munge(x, 3, p, s, rng())
        np.testing.assert_array_equal(made, synth.munge_loop(x, 3, p, s, rng()))


@pytest.mark.parametrize(("numbers", "codes"), [(6, 2), (2, 6), (9, 9)])
def test_where_a_code_weighs_as_much_as_the_numbers(numbers, codes):
    x = np.column_stack([rng(1).random((80, numbers)), rng(2).integers(4, size=(80, codes))])
    nominal = range(numbers, numbers + codes)
    made = synth.munge(x, 2, 0.4, 2.0, rng(), nominal)
    np.testing.assert_array_equal(made, synth.munge_loop(x, 2, 0.4, 2.0, rng(), nominal))


@pytest.mark.parametrize("size", [1e-30, 1e-21, 1e-19, 1e-12, 1e12, 1e17, 1e20, 1e160])
def test_rows_of_any_size(size):
    x = size * rng(1).random((30, 3))
    with np.errstate(all="ignore"):
        made = synth.munge(x, 20, 0.5, 2.0, rng())
        np.testing.assert_array_equal(made, synth.munge_loop(x, 20, 0.5, 2.0, rng()))


@pytest.mark.parametrize("p", [0.4, 1.0])
def test_rows_that_become_as_near_as_the_neighbor(p):
    x = rng(2).integers(2, size=(300, 8))
    made = synth.munge(x, 4, p, 2.0, rng(), range(8))
    np.testing.assert_array_equal(made, synth.munge_loop(x, 4, p, 2.0, rng(), range(8)))


@pytest.mark.parametrize("s", [2.0, 0.01])
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MEMORY", 120_000),
        ("TILE", 600),
        ("VALUES", 700),
        ("COLUMNS", 1),
        ("COLUMNS", 1000),
        ("NEAR", 1),
        ("NEAR", 1000),
    ],
)
def test_no_block_size_changes_a_value(letters, monkeypatch, s, name, value):
    x = letters[:200]
    usual = synth.munge(x, 5, 0.5, s, rng())
    monkeypatch.setattr(munging, name, value)
    np.testing.assert_array_equal(synth.munge(x, 5, 0.5, s, rng()), usual)


def test_many_copies_of_few_rows():
    x = rng(1).random((5, 2))
    made = synth.munge(x, 3000, 0.5, 2.0, rng())
    np.testing.assert_array_equal(made, synth.munge_loop(x, 3000, 0.5, 2.0, rng()))


@given(
    seed=st.integers(0, 2**32),
    d=st.integers(1, 40),
    codes=st.integers(0, 3),
    size=st.sampled_from([1.0, 1e-12, 1e12]),
    offset=st.sampled_from([0.0, 7.0, 1e4]),
    apart=st.sampled_from([1.0, 1e-3, 1e-7]),
)
def test_products_of_points_never_exceed_the_distances(seed, d, codes, size, offset, apart):
    g = rng(seed)
    x = np.hstack([size * (g.random((20, d)) + offset), g.integers(3, size=(20, codes))])
    nominal = range(d, d + codes)
    moved = x[g.integers(20, size=20)]
    moved[:, :d] += size * apart * g.standard_normal((20, d))
    space = munging._Space(x, nominal)
    products = space.place(moved) @ space.turned(space.place(x)).T
    distances = cdist(moved[:, :d], x[:, :d], "sqeuclidean")
    distances += codes * cdist(moved[:, d:], x[:, d:], "hamming") if codes else 0
    assert (products <= distances * (1 + munging.ROOM**2) / 2).all()
    spread = ((x[:, :d] - x[:, :d].mean(0)) ** 2).sum(1).max() + codes  # and are not far below
    assert (distances - products <= 1e-4 * (distances + spread)).all()


@pytest.mark.parametrize("apart", [1e-6, 1e-9, 1e-14])
def test_neighbors_that_float32_can_t_tell_apart(apart):
    x = np.repeat(rng(1).random((15, 4)), 20, axis=0) + apart * rng(2).random((300, 4))
    x[:, 1] += 7  # far from the origin, so that single precision has few digits left
    made = synth.munge(x, 2, 0.5, 3.0, rng())
    np.testing.assert_array_equal(made, synth.munge_loop(x, 2, 0.5, 3.0, rng()))


@FORMS
@pytest.mark.parametrize("nominal", [(), (1,)])
def test_in_distribution_what_algorithm_1_gives(form, nominal):
    # Each value of each row, and sums of all with random weights, over many passes, against a
    # third writing of it.
    x = np.column_stack([rng(1).random(7), rng(2).integers(3, size=7)])
    made = form(x, 600, 0.4, 2.0, rng(), nominal).reshape(600, -1)
    other = plain_munge(x, 600, 0.4, 2.0, 1, nominal).reshape(600, -1)
    look = np.hstack([np.eye(14), rng(9).standard_normal((14, 20))])
    for mine, theirs in zip((made @ look).T, (other @ look).T, strict=True):
        assert stats.ks_2samp(mine, theirs, method="asymp").pvalue > 1e-3


@given(seed=st.integers(0, 2**32), codes=st.integers(1, 4))
def test_distances_with_nominal_attributes(seed, codes):
    g = rng(seed)
    x = np.column_stack([g.random((9, 2)), g.integers(codes, size=(9, 2))])
    expected = cdist(x[:, :2], x[:, :2], "sqeuclidean") + 2 * cdist(x[:, 2:], x[:, 2:], "hamming")
    found = squared(x[:, None], x[None], [2, 3])
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_memory_beyond_the_result_is_bounded():
    x = rng().random((8_000, 16))
    tracemalloc.start()
    made = synth.munge(x, 8, 0.3, 5.0, rng())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak - made.nbytes < 50 * 2**20


def test_memory_beyond_the_result_does_not_grow_with_the_copies(monkeypatch):
    x = rng().random((300, 16))
    monkeypatch.setattr(munging, "MEMORY", 1_000_000)
    extra = []
    for k in (12, 120):
        tracemalloc.start()
        made = synth.munge(x, k, 0.3, 5.0, rng())
        extra.append(tracemalloc.get_traced_memory()[1] - made.nbytes)
        tracemalloc.stop()
    assert extra[1] < 1.1 * extra[0]


def test_memory_of_many_copies_of_few_rows():
    x, extra = rng().random((5, 2)), []
    for k in (2000, 4000):
        tracemalloc.start()
        made = synth.munge(x, k, 0.3, 5.0, rng())
        extra.append((tracemalloc.get_traced_memory()[1] - made.nbytes) / k)
        tracemalloc.stop()
    assert extra[1] < 1.2 * extra[0]


# --- MUNGE: edges


@FORMS
def test_p_0_changes_nothing_and_duplicates_stay(form):
    x = rng().random((30, 3))
    np.testing.assert_array_equal(form(x, 2, 0.0, 1.0, rng()), np.tile(x, (2, 1)))
    same = np.full((20, 3), 0.3)
    np.testing.assert_array_equal(form(same, 2, 1.0, 0.1, rng()), np.tile(same, (2, 1)))


@FORMS
def test_a_constant_attribute_stays(form):
    x = np.column_stack([rng().random(25), np.full(25, 0.7)])
    made = form(x, 3, 1.0, 1.0, rng())
    assert (made[:, 1] == 0.7).all()
    assert (made[:, 0] != np.tile(x[:, 0], 3)).all()


@FORMS
def test_two_rows_are_each_other_s_neighbors(form):
    made = form(np.array([[0.0], [1.0]]), 500, 1.0, 4.0, rng()).reshape(500, 2)
    assert stats.ks_2samp(made[:, 0], plain_munge([[0], [1]], 500, 1, 4, 2)[::2, 0]).pvalue > 0.01


@FORMS
@pytest.mark.parametrize(
    ("x", "change", "message"),
    [
        ([[0.1, 0.2]], {}, "n ≥ 2"),
        ([0.1, 0.2], {}, "n ≥ 2"),
        (np.empty((3, 0)), {}, "d ≥ 1"),
        ([[0.1], [np.nan]], {}, "not finite"),
        ([[0.1], [0.2]], {"k": -1}, "k=-1"),
        ([[0.1], [0.2]], {"p": 1.1}, "p=1.1"),
        ([[0.1], [0.2]], {"p": float("nan")}, "p=nan"),
        ([[0.1], [0.2]], {"s": 0.0}, "s=0.0"),
        ([[0.1], [0.2]], {"nominal": [1]}, "nominal columns"),
        ([[0.1], [0.2]], {"nominal": [-1]}, "nominal columns"),
    ],
)
def test_what_can_t_be_munged(form, x, change, message):
    options = {"k": 1, "p": 0.5, "s": 1.0, "rng": rng()} | change
    with pytest.raises(ValueError, match=message):
        form(np.array(x), **options)


# --- the three methods beside each other


def methods(x: np.ndarray, count: int) -> dict[str, np.ndarray]:
    return {
        "rand": synth.rand(x, count, rng()),
        "nbe": synth.nbe(x, count, rng()),
        "munge": synth.munge(x, count // len(x), 0.3, 5.0, rng()),
    }


def test_each_keeps_the_marginals(corners):
    for made in methods(corners, 3000).values():
        for mine, real in zip(made.T, corners.T, strict=True):
            assert stats.ks_2samp(mine, real).statistic < 0.06


def test_rand_loses_what_hangs_together_and_the_others_keep_it(corners):
    made = methods(corners, 3000)
    between = {name: (np.abs(rows[:, 0] - rows[:, 1]) > 0.4).mean() for name, rows in made.items()}
    assert between["rand"] > 0.4  # half of its rows lie where no real one does
    assert max(between["nbe"], between["munge"]) < 0.01
    copied = {name: np.corrcoef(rows[:, 0], rows[:, 2])[0, 1] for name, rows in made.items()}
    assert abs(copied["rand"]) < 0.1
    assert min(copied["nbe"], copied["munge"]) > 0.98


def test_munge_stays_nearest_to_the_real_rows(letters):
    x = letters[:1000]
    tree = cKDTree(x)
    far = {name: tree.query(made)[0].mean() for name, made in methods(x, 2000).items()}
    assert far["munge"] < far["nbe"] < far["rand"]
    real = tree.query(letters[1000:2000])[0].mean()
    assert 0 < far["munge"] < real  # new rows, no farther off than other real ones


@pytest.mark.parametrize("name", ["rand", "nbe", "munge"])
def test_same_seed_same_rows_and_the_real_ones_stay(corners, name):
    before = corners.copy()
    first, again = methods(corners, 600)[name], methods(corners, 600)[name]
    np.testing.assert_array_equal(first, again)
    np.testing.assert_array_equal(corners, before)


def test_rand_draws_each_attribute_by_itself_with_replacement():
    x = np.column_stack([np.arange(5.0), 10 * np.arange(5.0)])
    made = synth.rand(x, 5000, rng())
    pairs = made[:, 0] * 5 + made[:, 1] / 10
    assert stats.chisquare(np.unique(pairs, return_counts=True)[1]).pvalue > 0.01  # all 25, evenly
    assert len(np.unique(pairs)) == 25
    assert synth.rand(x[:1], 3, rng()).tolist() == [[0, 0]] * 3
    with pytest.raises(ValueError, match="n ≥ 1"):
        synth.rand(x[:0], 3, rng())


# --- NBE's mixture


@pytest.fixture(scope="module")
def mixed() -> np.ndarray:
    """Two groups, in which a number and two codes go together."""
    g = rng(5)
    group = g.integers(2, size=800)
    number = np.where(group, 0.75, 0.25) + 0.05 * g.standard_normal(800)
    code = np.where(g.random(800) < 0.9, group, 2)
    return np.column_stack([number, code, 5 - group])


def test_em_on_numbers_is_scikit_learn_s(letters):
    x = letters[:500, :6] + 0.02 * rng(1).standard_normal((500, 6))
    ours = mixture.single(x).grown(x[:4], mixture.single(x))
    theirs = GaussianMixture(
        5,
        covariance_type="diag",
        reg_covar=0,
        tol=0,
        max_iter=12,
        weights_init=ours.weights,
        means_init=ours.means,
        precisions_init=ours.deviations**-2,
    )
    with pytest.warns(Warning, match="converge"):
        theirs.fit(x)
    for _ in range(12):
        ours = ours.step(x, ())
    np.testing.assert_allclose(ours.weights, theirs.weights_, rtol=1e-6)
    np.testing.assert_allclose(ours.means, theirs.means_, rtol=1e-6)
    np.testing.assert_allclose(ours.deviations**2, theirs.covariances_, rtol=1e-6)
    assert ours.log_likelihood(x) == pytest.approx(theirs.score(x))


def test_a_step_on_codes_by_hand(mixed):
    x = mixed[:60, 1:]
    whole = mixture.single(x, [0, 1])
    before = whole.grown(x[:2], whole)
    after = before.step(x, tuple(table[0] for table in whole.tables))
    shares = []
    for row in x:
        joint = [
            before.weights[k]
            * before.tables[0][k, list(before.values[0]).index(row[0])]
            * before.tables[1][k, list(before.values[1]).index(row[1])]
            for k in range(3)
        ]
        shares.append([value / sum(joint) for value in joint])
    for k in range(3):
        total = sum(share[k] for share in shares)
        assert after.weights[k] == pytest.approx(total / 60)
        for a in (0, 1):
            for v, value in enumerate(whole.values[a]):
                held = sum(
                    share[k] for share, row in zip(shares, x, strict=True) if row[a] == value
                )
                smooth = held + mixture.PRIOR * (x[:, a] == value).mean()
                assert after.tables[a][k, v] == pytest.approx(smooth / (total + mixture.PRIOR))


def test_em_never_loses_likelihood(mixed, monkeypatch):
    monkeypatch.setattr(mixture, "PRIOR", 1e-12)
    whole = mixture.single(mixed, [1, 2])
    model, seen = whole.grown(mixed[:6], whole), []
    for _ in range(30):
        seen.append(model.log_likelihood(mixed))
        model = model.step(mixed, tuple(table[0] for table in whole.tables))
    assert (np.diff(seen) > -1e-9).all()
    assert seen[-1] > whole.log_likelihood(mixed) + 0.5


def test_log_joint_is_the_product_of_densities(mixed):
    model = mixture.fit(mixed, rng(), [1, 2])
    row = mixed[3]
    for k, weight in enumerate(model.weights):
        density = weight * stats.norm(model.means[k, 0], model.deviations[k, 0]).pdf(row[0])
        for a, values, table in zip((1, 2), model.values, model.tables, strict=True):
            density *= table[k, list(values).index(row[a])]
        assert model.log_joint(mixed[3:4])[0, k] == pytest.approx(math.log(density))


def test_samples_follow_the_mixture(mixed):
    model = mixture.fit(mixed, rng(), [1, 2])
    made = model.sample(20_000, rng(1))

    def cdf(values: np.ndarray) -> np.ndarray:
        parts = stats.norm(model.means[:, 0], model.deviations[:, 0]).cdf(values[:, None])
        return parts @ model.weights

    assert stats.kstest(made[:, 0], cdf).pvalue > 0.01
    for a, values, table in zip((1, 2), model.values, model.tables, strict=True):
        counts = [(made[:, a] == value).sum() for value in values]
        assert stats.chisquare(counts, 20_000 * (model.weights @ table)).pvalue > 0.01
    number, code = mixed[:, 0] > 0.5, mixed[:, 2]
    assert ((made[:, 0] > 0.5) == (made[:, 2] == 4)).mean() > 0.97 * (number == (code == 4)).mean()


def test_rounds_add_components_while_they_pay():
    centers = rng(1).random((12, 3))
    x = centers[rng(2).integers(12, size=900)] + 0.015 * rng(3).standard_normal((900, 3))
    fitted = mixture.fit(x, rng(), start=1)  # 1, 2, 4, … more
    assert len(fitted.weights) >= 12
    nearest = cdist(centers, fitted.means).min(1)
    assert nearest.max() < 0.02
    truth = np.log(sum(stats.norm(c, 0.015).pdf(x).prod(1) for c in centers) / len(centers)).mean()
    assert fitted.log_likelihood(x) == pytest.approx(truth, abs=0.1)


def test_components_that_do_not_pay_are_not_kept():
    x = rng(7).normal(0.5, 0.1, (100, 5))
    assert len(mixture.fit(x, rng(), start=20).weights) == 1


@pytest.mark.parametrize("nominal", [[], [1, 2], [0, 1, 2]])
def test_nbe_at_the_edges(nominal):
    for x in (np.array([[0.1, 1, 2], [0.4, 1, 0]]), np.full((30, 3), 0.5)):
        made = synth.nbe(x, 50, rng(), nominal)
        assert made.shape == (50, 3)
        assert np.isfinite(made).all()
        for a in nominal:
            assert set(made[:, a]) <= set(x[:, a])


def test_nbe_refuses_what_it_can_t_fit(mixed):
    with pytest.raises(ValueError, match="n ≥ 2"):
        synth.nbe(mixed[:1], 5, rng())
    with pytest.raises(ValueError, match="nominal columns"):
        synth.nbe(mixed, 5, rng(), [3])
    with pytest.raises(ValueError, match="start"):
        mixture.fit(mixed, rng(), [1, 2], start=0)
    model = mixture.single(mixed, [1, 2])
    with pytest.raises(ValueError, match="attribute 1"):
        model.log_joint(np.array([[0.5, 9, 4]]))
