"""Ensemble selection against brute force in whole numbers; its estimator against scikit-learn's."""

from __future__ import annotations

import re
import runpy
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.datasets import make_moons
from sklearn.metrics import accuracy_score, log_loss, roc_auc_score, root_mean_squared_error
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils.estimator_checks import parametrize_with_checks

from greenlab import ensemble
from greenlab.ensemble import EnsembleSelection, bagged, greedy_step, select
from greenlab.metrics import CLIP, METRICS, accuracy, auc, cross_entropy, rmse

BENCHMARK = Path(__file__).resolve().parents[1] / "benchmarks" / "ensemble.py"


def made_up(seed: int, models: int, points: int, levels: int | None = None):
    """Predictions (models, points), targets of both classes; with `levels`, in so many steps."""
    rng = np.random.default_rng(seed)
    y = rng.permutation(np.arange(points) % 3 == 0).astype(int)
    logits = rng.uniform(0, 2, (models, 1)) * (2 * y - 1) + rng.standard_normal((models, points))
    p = 1 / (1 + np.exp(-2 * logits))
    return (p if levels is None else np.rint(levels * p) / levels), y


@pytest.mark.parametrize("levels", [None, 4, 1])
def test_metrics_are_scikit_learns(levels):
    p, y = made_up(0, 7, 90, levels)
    for i, row in enumerate(p):
        assert rmse(p, y)[i] == pytest.approx(root_mean_squared_error(y, row), rel=1e-12)
        assert accuracy(p, y)[i] == accuracy_score(y, row >= 0.5)
        assert auc(p, y)[i] == pytest.approx(roc_auc_score(y, row), rel=1e-12)
        theirs = log_loss(y, np.clip(row, CLIP, 1 - CLIP))
        assert cross_entropy(p, y)[i] == pytest.approx(theirs, rel=1e-9)


def test_metrics_by_hand():
    p, y = [0.5, 0.0, 1.0, 0.2], [1, 0, 0, 0]
    assert accuracy(p, y) == 0.75  # at 0.5 it is class 1
    assert rmse(p, y) == pytest.approx(((0.25 + 0 + 1 + 0.04) / 4) ** 0.5)
    assert auc(p, y) == pytest.approx(2 / 3)
    sure_and_wrong = cross_entropy([[0.0, 1.0]], [1, 0])
    assert sure_and_wrong == pytest.approx([-np.log(CLIP)])
    assert np.isfinite(cross_entropy([0.0, 1.0], [0, 1]))
    with pytest.raises(ValueError, match="both classes"):
        auc([0.1, 0.2], [1, 1])


SAME = np.array([0.0, -0.0, 5e-324, 0.1, np.nextafter(0.1, 1), 0.5, np.nextafter(1, 0), 1.0])


@given(st.lists(st.tuples(st.integers(0, len(SAME) - 1), st.booleans()), min_size=2, max_size=9))
def test_auc_is_the_share_of_pairs_in_order(points):
    p, y = SAME[[i for i, _ in points]], np.array([one for _, one in points])
    if y.all() or not y.any():
        return
    pairs = [np.sign(a - b) for a in p[y] for b in p[~y]]
    expected = 0.5 + sum(pairs) / len(pairs) / 2
    assert auc(p, y) == pytest.approx(expected, abs=1e-14)
    assert auc([[p, 1 - p]], y).shape == (1, 2)


def test_auc_of_means_that_rounding_puts_above_1():
    sure = sum(w * np.array([1.0, 1.0, 0.0]) for w in [0.05] * 20)
    assert sure[0] > 1
    assert auc([*sure, 1.0], [1, 0, 0, 1]) == pytest.approx((0.5 + 1 + 0 + 1) / 4)


def test_auc_of_other_lengths_is_refused():
    with pytest.raises(ValueError, match=r"\(3,\) and \(2,\)"):
        auc([0.1, 0.2, 0.3], [0, 1])


@pytest.mark.parametrize("wrong", [-0.1, 1.1, np.nan, np.inf])
def test_auc_of_what_is_no_probability_is_refused(wrong):
    with pytest.raises(ValueError, match=r"in \[0, 1\]"):
        auc([0.3, wrong], [0, 1])


def whole_numbers(q: np.ndarray, levels: int, y: np.ndarray, steps: int, metric: str) -> list[int]:
    """The greedy order by brute force, exact: predictions are q / levels, q whole numbers."""
    q, y = q.astype(object), y.astype(object)
    order: list[int] = []
    for count in range(1, steps + 1):
        losses = []
        for m in range(len(q)):
            total = sum(q[j] for j in [*order, m])
            if metric == "rmse":
                losses.append(sum((total - levels * count * y) ** 2))
            elif metric == "accuracy":
                losses.append(sum((2 * total >= levels * count) != (y == 1)))
            else:
                ones, zeros = total[y == 1], total[y == 0]
                losses.append(-sum(2 * (a > b) + (a == b) for a in ones for b in zeros))
        order.append(losses.index(min(losses)))
    return order


@pytest.mark.parametrize(
    ("metric", "levels"),
    [*product(("rmse", "accuracy", "auc"), (1, 4, 256)), ("rmse", 10), ("rmse", 255)],
)
@pytest.mark.parametrize("seed", range(3))
def test_greedy_selection_is_brute_force_in_whole_numbers(metric, levels, seed):
    # Few levels and a model twice: most steps are ties, and the lowest number wins them.
    p, y = made_up(seed, 6, 24, levels)
    p = np.concatenate([p, p[:2]])
    order = whole_numbers(np.rint(levels * p), levels, y, 9, metric)
    assert select(p, y, 9, metric, sorted_start=False).order.tolist() == order
    assert not {6, 7} & set(order)


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("seed", range(4))
def test_rounding_breaks_no_tie(metric, seed):
    # The same predictions for other points of the same class: as good, but summed in other order.
    rng, (row, y) = np.random.default_rng(seed), made_up(seed, 1, 90)
    p = np.repeat(row, 30, axis=0)
    for other in p[1:]:
        for kind in (0, 1):
            other[y == kind] = rng.permutation(other[y == kind])
    assert select(p, y, 1, metric, sorted_start=False).order.tolist() == [0]


def by_hand(p: np.ndarray, y: np.ndarray, steps: int, metric: str, sorted_start: bool):
    """Order and scores by the paper's words, every mean taken anew."""

    def loss(members: list[int]) -> float:
        value = float(METRICS[metric](np.mean([p[j] for j in members], axis=0), y))
        return -value if metric in ("accuracy", "auc") else value

    order: list[int] = []
    if sorted_start:
        ranking = sorted(range(len(p)), key=lambda j: loss([j]))[:steps]
        n = min(range(1, len(ranking) + 1), key=lambda n: loss(ranking[:n]))
        order = ranking[:n]
    while len(order) < steps:
        order.append(min(range(len(p)), key=lambda j: loss([*order, j])))
    return order, [abs(loss(order[: i + 1])) for i in range(steps)]


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("sorted_start", [True, False])
@pytest.mark.parametrize("seed", range(2))
def test_selection_is_what_the_paper_says(metric, sorted_start, seed):
    p, y = made_up(seed, 15, 61)
    found = select(p, y, 20, metric, sorted_start)
    order, scores = by_hand(p, y, 20, metric, sorted_start)
    if metric in ("rmse", "cross_entropy"):  # the others tie up to rounding
        assert found.order.tolist() == order
        np.testing.assert_allclose(found.scores, scores, rtol=1e-9)
    best = max if metric in ("accuracy", "auc") else min
    assert found.scores[found.size - 1] == pytest.approx(best(scores), rel=0.01)
    assert found.size == 1 + np.argmin(np.abs(found.scores - best(found.scores)) > 1e-12)
    chosen = np.bincount(found.order[: found.size], minlength=15) / found.size
    np.testing.assert_allclose(found.weights, chosen)
    means = found.weights @ p
    assert METRICS[metric](means, y) == pytest.approx(found.scores[found.size - 1], rel=1e-9)


def test_the_sorted_start_is_the_whole_of_the_best_beginning():
    # Here the models sorted by themselves are best as the first N, and the last of these is one
    # that a greedy step would not have taken.
    cases = 0
    for seed in range(40):
        p, y = made_up(seed, 12, 25, 8)
        ranking = np.argsort(rmse(p, y), kind="stable")
        n = 1 + int(np.argmin([rmse(p[ranking[: k + 1]].mean(0), y) for k in range(12)]))
        before = ranking[: n - 1]
        if n > 1 and greedy_step(p[before].sum(0), n - 1, p, y) != ranking[n - 1]:
            assert select(p, y, 15).order[:n].tolist() == ranking[:n].tolist()
            cases += 1
    assert cases > 3


def test_fast_and_plain_steps_are_the_same():
    # select's sums for squared error against one greedy_step after the other.
    p, y = made_up(4, 120, 700)
    total, order = np.zeros(700), []
    for count in range(60):
        order.append(greedy_step(total, count, p, y))
        total += p[order[-1]]
    assert select(p, y, 60, sorted_start=False).order.tolist() == order


@pytest.mark.parametrize("metric", METRICS)
def test_many_points_are_scored_in_blocks_as_few_are(metric, monkeypatch):
    p, y = made_up(5, 9, 50)
    whole = greedy_step(p.sum(0), 9, p, y, metric)
    for block in (1, 100, 149):  # a model at a time, two
        monkeypatch.setattr(ensemble, "BLOCK", block)
        assert greedy_step(p.sum(0), 9, p, y, metric) == whole


def test_a_step_takes_the_model_that_helps_not_the_best_alone():
    y = np.array([1, 1, 0, 0])
    p = np.array([[0.6, 0.6, 0.4, 0.4], [1, 1, 1, 0], [1, 0, 0, 0], [0, 0, 0, 0]])
    assert greedy_step(0, 0, p, y) == 0
    assert greedy_step(p[1], 1, p, y) == 2  # alone no better than model 1
    assert greedy_step(p[0], 1, p[[0, 3]], y) == 0  # again: with replacement


@given(st.integers(0, 10_000), st.sampled_from(sorted(METRICS)), st.booleans())
def test_the_ensemble_is_never_worse_than_its_best_model_on_the_hill(seed, metric, sorted_start):
    p, y = made_up(seed, 8, 30, 10)
    found = select(p, y, 12, metric, sorted_start)
    alone, score = METRICS[metric](p, y), found.scores[found.size - 1]
    if metric in ("accuracy", "auc"):
        assert score >= alone.max() - 1e-9
    else:
        assert score <= alone.min() + 1e-9
    assert found.weights.sum() == pytest.approx(1)


def test_perfect_and_equal_models():
    y = np.array([0, 1, 1])
    found = select(np.stack([1 - y, y, y]), y, 5)
    assert found.order.tolist() == [1, 1, 1, 1, 1]
    assert (found.size, found.weights.tolist()) == (1, [0, 1, 0])
    single = select([[0.2, 0.7, 0.9]], y, 3)
    assert (single.order.tolist(), single.size) == ([0, 0, 0], 1)


def test_sorted_start_takes_no_more_than_the_steps():
    p, y = made_up(1, 30, 200)
    assert len(select(p, y, 2).order) == 2
    ranking = np.argsort(rmse(p, y))
    assert select(p, y, 1).order.tolist() == [ranking[0]]


def test_bagged_selection_is_the_mean_of_selections_from_parts():
    p, y = made_up(2, 20, 80)
    weights = bagged(p, y, np.random.default_rng(3), bags=4, share=0.5, steps=10)
    rng, by_bags = np.random.default_rng(3), np.zeros(20)
    for _ in range(4):
        part = np.sort(rng.choice(20, 10, replace=False))
        for j in select(p[part], y, 10).order[: select(p[part], y, 10).size]:
            by_bags[part[j]] += 1 / select(p[part], y, 10).size / 4
    np.testing.assert_allclose(weights, by_bags)
    assert weights.sum() == pytest.approx(1)
    everything = bagged(p, y, np.random.default_rng(0), bags=3, share=1.0, steps=10)
    np.testing.assert_allclose(everything, select(p, y, 10).weights)
    other = bagged(p, y, np.random.default_rng(4), bags=4, share=0.5, steps=10)
    assert not np.array_equal(weights, other)
    single = bagged(p, y, np.random.default_rng(0), bags=1, share=1e-9, steps=2)
    assert sorted(single)[-2:] == [0, 1]  # a bag of one model


def test_bagging_breaks_ties_by_lowest_number():
    y = np.array([0, 1, 1, 0])
    p = np.tile([0.2, 0.7, 0.6, 0.1], (6, 1))
    for seed in range(5):
        drawn = np.random.default_rng(seed).choice(6, 3, replace=False)
        weights = bagged(p, y, np.random.default_rng(seed), bags=1, steps=1)
        assert weights.argmax() == drawn.min()


@pytest.mark.parametrize(
    ("predictions", "targets", "options", "told"),
    [
        ([[0.1, 0.9]], [0, 1], {"metric": "mse"}, "unknown metric 'mse'"),
        ([[0.1, 0.9]], [0, 1, 1], {}, r"got \(1, 2\) and \(3,\)"),
        ([0.1, 0.9], [0, 1], {}, "need targets"),
        (np.zeros((0, 2)), [0, 1], {}, "need targets"),
        ([[0.1, 1.1]], [0, 1], {}, "probabilities"),
        ([[0.1, np.nan]], [0, 1], {}, "probabilities"),
        ([[0.1, 0.9]], [1, 2], {}, "0 or 1"),
        ([[0.1, 0.9]], [0, 1], {"steps": 0}, "steps must be 1 or more"),
        ([[0.1, 0.9]], [1, 1], {"metric": "auc"}, "both classes"),
    ],
)
def test_selection_refuses_what_it_can_t_select_from(predictions, targets, options, told):
    with pytest.raises(ValueError, match=told):
        select(predictions, targets, **options)


@pytest.mark.parametrize("options", [{"bags": 0}, {"share": 0.0}, {"share": 1.5}])
def test_bags_need_models(options):
    with pytest.raises(ValueError, match="bags >= 1 and a share"):
        bagged([[0.1, 0.9]], [0, 1], np.random.default_rng(0), **options)


# Not checked there, since it doesn't apply: three classes or more, sample weights (the class has
# neither and says so), `prefit` (the checks train what they are given).
@parametrize_with_checks(
    [EnsembleSelection(random_state=0), EnsembleSelection(bags=2, steps=10, random_state=0)]
)
def test_it_keeps_scikit_learns_conventions(estimator, check):
    check(estimator)


@pytest.fixture(scope="module")
def moons():
    return make_moons(600, noise=0.3, random_state=0)


def test_the_estimator_selects_on_rows_that_its_models_have_not_seen(moons):
    X, y = moons
    names = np.array(["no", "yes"])[y]
    tree, near = DecisionTreeClassifier(random_state=0), KNeighborsClassifier(15)
    model = EnsembleSelection([tree, near, GaussianNB()], random_state=1).fit(X[:400], names[:400])
    assert model.estimators_[1].n_samples_fit_ == 320
    # On its own training rows a full tree is perfect: on seen rows it would be all there is.
    assert model.weights_[0] < 0.5
    parts = [one.predict_proba(X[400:]) for one in model.estimators_]
    by_hand = sum(w * part for w, part in zip(model.weights_, parts, strict=True))
    np.testing.assert_allclose(model.predict_proba(X[400:]), by_hand)
    assert model.predict(X[400:]).tolist() == model.classes_[by_hand.argmax(1)].tolist()
    assert model.score(X[400:], names[400:]) > 0.88
    assert not hasattr(tree, "tree_")  # the given ones stay untrained


def test_trained_models_are_taken_as_they_are(moons):
    X, y = moons
    kinds = [DecisionTreeClassifier(max_depth=d, random_state=0) for d in (1, 3, 6)]
    trained = [kind.fit(X[:300], y[:300]) for kind in kinds]
    model = EnsembleSelection(trained, prefit=True, steps=20).fit(X[300:], y[300:])
    assert model.estimators_ == trained
    p = np.stack([one.predict_proba(X[300:])[:, 1] for one in trained])
    np.testing.assert_allclose(model.weights_, select(p, y[300:], 20).weights)
    assert model.selection_.order.tolist() == select(p, y[300:], 20).order.tolist()


class Unwanted(KNeighborsClassifier):
    """Nearly always wrong, and counts how often it is asked."""

    def predict_proba(self, X):
        self.asked_ = getattr(self, "asked_", 0) + 1
        return super().predict_proba(X)[:, ::-1]


def test_models_without_weight_are_not_asked(moons):
    X, y = moons
    model = EnsembleSelection([KNeighborsClassifier(9), Unwanted(1)], steps=1, random_state=0).fit(
        X, y
    )
    assert model.weights_.tolist() == [1, 0]
    model.predict(X)
    assert model.estimators_[1].asked_ == 1  # on the hill-climbing rows


def test_the_estimator_bags_and_repeats_itself(moons):
    X, y = moons
    models = [KNeighborsClassifier(k) for k in (1, 3, 9, 27, 81)]
    options = {"bags": 6, "steps": 15}
    one, same, other = (
        EnsembleSelection(models, random_state=seed, **options).fit(X, y) for seed in (0, 0, 1)
    )
    assert one.weights_.tolist() == same.weights_.tolist()
    assert one.weights_.tolist() != other.weights_.tolist()
    assert one.weights_.sum() == pytest.approx(1)


@pytest.mark.parametrize(("y", "told"), [([0, 1, 2] * 4, "multiclass"), ([1] * 12, "1 class")])
def test_the_estimator_wants_two_classes(y, told):
    with pytest.raises(ValueError, match=told):
        EnsembleSelection().fit(np.arange(24.0).reshape(12, 2), y)


def test_the_benchmark_runs_and_finds_the_same(capsys):
    script = runpy.run_path(str(BENCHMARK))
    script["main"](["--models", "5", "--points", "40", "--steps", "6", "--repeats", "1"])
    out = capsys.readouterr().out
    for metric in METRICS:
        assert f"{metric}, 5 models, 40 points, 6 steps" in out
    lines = re.findall(r"^  loop .*$", out, re.MULTILINE)
    assert len(lines) == len(METRICS)
    assert "the same as ours" in lines[0]
    if script["AutoGluon"] is None:
        assert "autogluon.core is not installed here" in out
    with pytest.raises(SystemExit):
        script["main"](["--models", "0"])
