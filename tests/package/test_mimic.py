"""Model compression step by step: against brute force, MUNGE against the published loop."""

from __future__ import annotations

import joblib
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ks_2samp

from greenlab import data, mimic, synth, zoo
from greenlab.metrics import rmse
from greenlab.zoo import recorded


@given(st.integers(0, 10**6), st.integers(2, 12), st.integers(1, 4), st.integers(1, 5))
def test_the_neighbor_is_the_first_of_the_nearest_others(seed, n, d, levels):
    rows = np.random.default_rng(seed).integers(levels, size=(n, d)).astype(float)
    before = rows.copy()
    for i in range(n):
        gaps = {j: int(((rows[i] - rows[j]) ** 2).sum()) for j in range(n) if j != i}
        assert mimic.nearest_other(rows, i) == min(gaps, key=lambda j: (gaps[j], j))
    assert np.array_equal(rows, before)


def test_without_noise_and_always_a_pair_is_swapped():
    rows = np.random.default_rng(0).random((4, 6))
    before = rows.copy()
    mimic.munge_pair(rows, 1, 3, 1.0, 1e12, np.random.default_rng(0), [2, 5])
    np.testing.assert_allclose(rows, before[[0, 3, 2, 1]], atol=1e-9)
    assert np.array_equal(rows[1, [2, 5]], before[3, [2, 5]])
    mimic.munge_pair(rows, 0, 2, 0.0, 1.0, np.random.default_rng(0))
    assert np.array_equal(rows[[0, 2]], before[[0, 2]])


def test_its_rows_are_distributed_like_the_published_loops():
    rng = np.random.default_rng(1)
    angle = rng.uniform(0, 6, 150)
    x = np.stack([0.5 + np.cos(angle) / 2, 0.5 + np.sin(angle) / 2, angle > 3], 1)
    a = mimic.munge(x, 12, 0.4, 2.0, np.random.default_rng(2), [2])
    b = synth.munge_loop(x, 12, 0.4, 2.0, np.random.default_rng(3), [2])
    assert a.shape == b.shape == (1800, 3)
    assert np.isin(a[:, 2], (0, 1)).all()
    moved = [np.abs(rows - np.tile(x, (12, 1))) for rows in (a, b)]
    share = [(m > 0).mean(0) for m in moved]
    np.testing.assert_allclose(*share, atol=0.05)
    for attribute in range(2):
        assert ks_2samp(a[:, attribute], b[:, attribute]).pvalue > 0.001
        assert ks_2samp(moved[0][:, attribute], moved[1][:, attribute]).pvalue > 0.001


def test_no_pass_makes_no_rows_and_x_stays():
    x = np.random.default_rng(0).random((5, 2))
    before = x.copy()
    assert mimic.munge(x, 0, 0.5, 1.0, np.random.default_rng(0)).shape == (0, 2)
    assert mimic.munge(x, 3, 0.5, 1.0, np.random.default_rng(0)).shape == (15, 2)
    assert np.array_equal(x, before)


def test_a_label_is_the_weighted_mean_of_those_who_are_asked():
    x, asked = np.zeros((3, 2)), []

    def member(k, p):
        return lambda rows: asked.append(k) or np.full(len(rows), p)

    got = mimic.label(x, [member(0, 0.2), member(1, 0.9), member(2, 0.6)], [0.25, 0, 0.75])
    np.testing.assert_allclose(got, [0.5] * 3)
    assert asked == [0, 2]
    with pytest.raises(ValueError, match="zip"):
        mimic.label(x, [member(0, 0.2)], [0.5, 0.5])


@pytest.mark.parametrize(("inputs", "hidden"), [(16, 1), (16, 128), (3, 7)])
def test_bytes_are_those_of_the_net(inputs, hidden):
    net = zoo.mlp(inputs, hidden, 1)
    size = sum(p.numel() * p.element_size() for p in net.parameters())
    assert mimic.net_bytes(inputs, hidden) == size


def test_members_are_the_librarys_models(tmp_path):
    problem, library = data.letter("p1"), recorded.shipped("letter.p1")
    names = ["tree-entropy-leaf5", "bayes-gaussian-0.01"]
    for member in mimic.trained(problem, names):
        shipped = library.test[library.names.index(member.name)]
        assert np.abs(member(problem.test_x) - shipped).max() < 0.003  # shipped in 255ths
        joblib.dump(member.model, tmp_path / "model")
        assert member.bytes == (tmp_path / "model").stat().st_size
    with pytest.raises(KeyError, match="no-such"):
        mimic.trained(problem, ["no-such"])


def test_the_steps_are_the_packages_own():
    from greenlab import ensemble, students

    assert mimic.greedy_step is ensemble.greedy_step
    assert mimic.rand is synth.rand
    assert mimic.rmse is rmse
    assert mimic.mimic_loss is students.cross_entropy
