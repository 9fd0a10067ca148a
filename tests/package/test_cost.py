"""The price of a result: E · D · H, the shipped tables, and what a study of costs shows."""

from __future__ import annotations

import itertools
import math
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from greenlab import cost, data, zoo

FOLDER = Path(data.__file__).parent

# E · D · H


def test_edh_is_the_product():
    assert cost.edh(2e6, 8_000, 5) == 8e10


@pytest.mark.parametrize("wrong", [(0, 1, 1), (1, -1, 1), (1, 1, math.nan), (math.inf, 1, 1)])
def test_edh_refuses_what_is_no_cost(wrong):
    names = ("example", "data", "hyper")
    name = next(n for n, v in zip(names, wrong, strict=True) if v != 1)
    with pytest.raises(ValueError, match=name):
        cost.edh(*wrong)


def test_training_flops_are_three_passes_but_for_the_images_gradient():
    one = cost.count(zoo.lenet_300_100(), (1, 784), backward=True)
    ten = cost.count(zoo.lenet_300_100(), (10, 784), backward=True)
    by_hand = 2 * (3 * 266_200 - 235_200) * 8_000 * 5
    assert cost.training_flops(one, 8_000, 5) == by_hand
    assert cost.training_flops(ten, 8_000, 5, batch=10) == by_hand
    with pytest.raises(ValueError, match="backward=True"):
        cost.training_flops(cost.count(zoo.lenet_300_100(), (1, 784)), 8_000, 5)


@pytest.mark.parametrize("net", [zoo.lenet5(), zoo.mlp(784, 20, 10), zoo.mlp(784, 10)])
def test_flops_to_train_by_hand_are_the_counted_ones(net):
    counted = cost.count(net, (1, 784), backward=True)
    macs = [layer.forward_macs for layer in counted.layers]
    assert cost.flops_to_train(macs, 600, 7) == cost.training_flops(counted, 600, 7)


def test_flops_to_train_refuses_no_layers():
    with pytest.raises(ValueError, match="needs a layer"):
        cost.flops_to_train([], 600, 7)


@pytest.mark.parametrize("target", [10, 76.75, 76.76, 82, 86, 89.5, 89.99])
def test_cost_to_reach_is_the_first_number_of_trials_that_is_enough(target):
    scores = [84, 62, 90, 71]
    first = next(n for n in range(1, 1001) if cost.expected_best(n, scores) >= target)
    assert cost.cost_to_reach(target, scores, 3e6, 500) == 3e6 * 500 * first
    assert cost.cost_to_reach(target, scores, 3e6, 500, most=first) == 3e6 * 500 * first
    if first > 1:
        assert cost.cost_to_reach(target, scores, 3e6, 500, most=first - 1) == math.inf


def test_no_number_of_trials_reaches_what_was_never_seen():
    assert cost.cost_to_reach(90.1, [84, 62, 90, 71], 3e6, 500) == math.inf


# what the community cares about


def test_the_survey_has_what_the_paper_states_and_no_more():
    rows = {row.conference: (row.accuracy, row.efficiency) for row in cost.efficiency_survey()}
    assert rows == {"ACL": (90, 10), "NeurIPS": (80, None), "CVPR": (75, 20)}
    card = (FOLDER / "efficiency_survey.md").read_text(encoding="utf-8")
    assert "1907.10597" in card
    assert "NeurIPS" in card


# the table of published models


def test_the_published_models():
    models = cost.imagenet_models()
    assert len(models) == 112
    assert len({(m.model, m.weights) for m in models}) == 112
    vgg = next(m for m in models if m.model == "VGG16")
    assert (vgg.params, vgg.flops, vgg.top1, vgg.top5, vgg.crop) == (
        138_357_544,
        30.94e9,
        71.592,
        90.382,
        224,
    )
    assert all(0 < m.top1 < m.top5 < 100 and m.gmacs > 0 and m.params > 1e6 for m in models)


def test_on_the_frontier_accuracy_grows_about_linearly_with_the_logarithm_of_the_cost():
    models = cost.imagenet_models()
    best = [models[i] for i in cost.frontier([m.flops for m in models], [m.top1 for m in models])]
    r = np.corrcoef(np.log10([m.flops for m in best]), [m.top1 for m in best])[0, 1]
    assert r > 0.9
    assert best[-1].top1 == max(m.top1 for m in models)
    assert best[0].flops == min(m.flops for m in models)


@pytest.mark.parametrize("text", ["", "model,weights\na,b\n", None])
def test_a_broken_table_says_how_to_get_it_back(text, monkeypatch, tmp_path):
    (tmp_path / "data").mkdir()
    if text is not None:
        (tmp_path / "data" / "imagenet_models.csv").write_text(text)
    monkeypatch.setattr(cost, "files", lambda name: tmp_path)
    with pytest.raises(RuntimeError, match=r"imagenet_models\.csv can't be read.*[Ii]nstall"):
        cost.imagenet_models()


# the table of training compute


@pytest.fixture(scope="module")
def compute() -> dict[str, cost.Compute]:
    return {row.model: row for row in cost.training_compute()}


def test_each_row_has_its_source(compute):
    card = (FOLDER / "training_compute.md").read_text(encoding="utf-8")
    assert "AI and Compute" in card
    assert f"{len(compute)} known results" in card
    for row in compute.values():
        assert re.fullmatch(r"arXiv:\d{4}\.\d{4,5}|.+ NIPS 2012|.+ Nature 550", row.paper)
        assert f"`{row.method}`" in card
        if row.paper.startswith("arXiv:") and row.kind == "headline":  # its number is its month
            assert row.published == f"20{row.paper[6:8]}-{row.paper[8:10]}"
        assert 2012.5 < row.year < 2018


PRINTED = {  # the post's own arithmetic, in operations
    "AlexNet": 1.2e6 * 90 * 0.75e9 * 2 * 3,
    "Dropout": 4 * 86_400 * 1.54e12 * 0.33,
    "Visualizing ConvNets": 12 * 86_400 * 1.54e12 * 0.33,
    "DQN": 2.5e6 * 5e6 * 32 * 2 * 3,
    "Seq2Seq": (348e6 + 304e6) * 0.380e9 * 2 * 3 * 7.5,
    "VGG": 1.2e6 * 74 * 16e9 * 2 * 3,
    "DeepSpeech2": 20 * 12_000 * 3_600 * 50 * 98e6 * 3 * 2,
    "ResNet-152": 11.4e9 * 2 * 3 * 1.2e6 * 128,
    "Neural Machine Translation": 96 * 9 * 86_400 * 8.5e12 * 0.33 * math.sqrt(10 * 100),
    "Xception": 60 * 30 * 86_400 * 8.5e12 * 0.33,
    "Neural Architecture Search": 50 * 50_000 * 10e9 * 12_800 * 2 * 3,
    "AlphaGo Zero": 300_000 * 0.0054 * cost.PFS_DAY,
}


def test_the_printed_arithmetic_leads_to_the_printed_compute(compute):
    headline = {name for name, row in compute.items() if row.kind == "headline"}
    assert headline == set(PRINTED)
    for name, flops in PRINTED.items():
        slip = 1.52 if name == "Seq2Seq" else 1  # as the data card says
        assert flops / compute[name].flops == pytest.approx(slip, rel=0.05), name


def test_counted_networks_agree_with_the_post(compute):
    # The post's VGG: 16 GFLOPS and 2 add-multiply; ours counts the network and goes backward.
    vgg = cost.count(zoo.vgg16(), (1, 3, 224, 224), backward=True)
    ours = cost.training_flops(vgg, 1_200_000, 74)
    assert ours == pytest.approx(compute["VGG"].flops, rel=0.05)


def test_the_trend_is_near_the_posts_3_4_months(compute):
    rows = [row for row in compute.values() if row.kind == "headline"]
    growth = cost.doubling_time([r.year for r in rows], [r.pfs_days for r in rows])
    assert growth.low < 3.4 < growth.high
    assert growth.months == pytest.approx(3.4, abs=0.4)


# frontier


def beaten(p: tuple[float, float], q: tuple[float, float]) -> bool:
    return q[0] <= p[0] and q[1] >= p[1] and q != p


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=30))
def test_the_frontier_is_what_no_point_beats(points):
    kept = cost.frontier(*zip(*points, strict=True))
    values = [points[i] for i in kept]
    assert values == sorted({p for p in points if not any(beaten(p, q) for q in points)})
    assert all(points.index(points[i]) == i for i in kept)  # of equal ones the first


@pytest.mark.parametrize(
    ("x", "y", "sentence"),
    [
        ([], [], "at least 1"),
        ([1, 2], [1], "one length"),
        ([[1], [2]], [[1], [2]], "one length"),
        ([1, math.nan], [1, 2], "finite"),
        ([1, 2], [1, math.inf], "finite"),
    ],
)
def test_what_is_no_list_of_points_is_refused(x, y, sentence):
    for study in (cost.frontier, cost.points_per_tenfold, cost.learning_curve, cost.doubling_time):
        with pytest.raises(ValueError, match=sentence if len(x) else "at least"):
            study(x, y)


def test_points_per_tenfold():
    assert cost.points_per_tenfold([1, 10, 1000], [70, 75, 85]) == pytest.approx(5)
    with pytest.raises(ValueError, match="above 0"):
        cost.points_per_tenfold([0, 10], [70, 75])
    with pytest.raises(ValueError, match="at least 2"):
        cost.points_per_tenfold([10, 10], [70, 75])


# learning curves

SIZES = np.array([100, 200, 400, 800, 1600, 3200, 6400])


@pytest.mark.parametrize("exponent", [0.1, 0.35, 0.5, 1.0, 2.0])
@pytest.mark.parametrize("asymptote", [0.0, 0.02, 0.3])
def test_a_true_power_law_is_found_again(exponent, asymptote):
    scale = 0.6 * 100**exponent
    law = cost.learning_curve(SIZES, scale * SIZES**-exponent + asymptote)
    assert law.exponent == pytest.approx(exponent, rel=1e-4)
    assert law.asymptote == pytest.approx(asymptote, abs=1e-4)
    assert law.scale == pytest.approx(scale, rel=1e-3)
    assert np.abs(law.residuals).max() < 1e-6
    assert law.examples_for(asymptote + 0.01) == pytest.approx(
        (scale / 0.01) ** (1 / exponent), rel=0.05
    )


def test_no_other_curve_fits_noisy_points_better():
    rng = np.random.default_rng(0)
    sizes = np.repeat(SIZES, 3)
    errors = (4 * sizes**-0.5 + 0.05) * np.exp(0.05 * rng.standard_normal(len(sizes)))
    law = cost.learning_curve(sizes, errors)
    np.testing.assert_allclose(law.residuals, np.log(errors / law(sizes)), atol=1e-12)
    least = np.square(law.residuals).sum()
    for change in itertools.product((-0.02, 0, 0.02), repeat=3):
        scale, exponent, asymptote = (
            value * (1 + c)
            for value, c in zip((law.scale, law.exponent, law.asymptote), change, strict=True)
        )
        other = np.square(np.log(errors / (scale * sizes**-exponent + asymptote))).sum()
        assert other >= least * (1 - 1e-9)


def test_an_asymptote_never_fits_worse_than_the_line_without_one():
    errors = np.array([30.0, 18.6, 14.2, 11.7, 10.1, 7.9, 5.8])
    scale, exponent = cost.power_law(SIZES, errors)
    line = np.square(np.log(errors / (scale * SIZES**-exponent))).sum()
    assert np.square(cost.learning_curve(SIZES, errors).residuals).sum() <= line


def test_the_asymptote_is_no_negative_error():
    law = cost.learning_curve(SIZES, 0.9 - 0.1 * np.log10(SIZES))  # would fall below 0
    assert 0 <= law.asymptote < 1e-9
    assert law.exponent > 0.01


@pytest.mark.parametrize(
    ("sizes", "errors", "sentence"),
    [
        ([100, 200, 400], [0.3, 0.2, 0.1], "at least 4"),
        ([100, 100, 200, 200, 400], [0.3, 0.3, 0.2, 0.2, 0.1], "at least 4"),
        ([0, 100, 200, 400], [0.4, 0.3, 0.2, 0.1], "above 0"),
        ([100, 200, 400, 800], [0.3, 0.2, 0.1, 0], "above 0"),
        ([100, 200, 400, 800], [0.1, 0.2, 0.3, 0.4], "don't fall"),
        ([100, 200, 400, 800], [0.1, 0.1, 0.1, 0.1], "don't fall"),
    ],
)
def test_no_curve_is_made_up(sizes, errors, sentence):
    with pytest.raises(ValueError, match=sentence):
        cost.learning_curve(sizes, errors)


def test_no_amount_of_data_leads_below_the_asymptote():
    law = cost.learning_curve(SIZES, 3 * SIZES**-0.5 + 0.05)
    with pytest.raises(ValueError, match="no amount of data"):
        law.examples_for(0.04)


@pytest.mark.parametrize(("scale", "exponent"), [(100, 0.5), (0.8, 0.05), (3, 2.0)])
def test_power_law_finds_a_line_again(scale, exponent):
    found = cost.power_law(SIZES, scale * SIZES**-exponent)
    assert found == pytest.approx((scale, exponent))


def test_power_law_is_scipys_regression_of_the_logarithms():
    sizes, errors = np.repeat(SIZES, 2), np.random.default_rng(3).uniform(5, 30, 14)
    line = stats.linregress(np.log(sizes), np.log(errors))
    assert cost.power_law(sizes, errors) == pytest.approx((np.exp(line.intercept), -line.slope))
    with pytest.raises(ValueError, match="above 0"):
        cost.power_law([1, 2], [0.1, 0])
    with pytest.raises(ValueError, match="at least 2"):
        cost.power_law([2, 2], [0.1, 0.2])


# the expected best of n trials

SCORES = [0.71, 0.84, 0.84, 0.62, 0.90]


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5])
def test_the_expected_best_by_brute_force(n):
    again = [max(draw) for draw in itertools.product(SCORES, repeat=n)]
    once = [max(draw) for draw in itertools.combinations(SCORES, n)]
    assert cost.expected_best(n, SCORES) == pytest.approx(np.mean(again), rel=1e-12)
    assert cost.expected_best(n, SCORES, False) == pytest.approx(np.mean(once), rel=1e-12)
    for replacement, bests in ((True, again), (False, once)):
        chances = cost.best_of(n, SCORES, replacement)
        assert sum(p for _, p in chances) == pytest.approx(1)
        for value in set(SCORES):
            share = np.mean([best == value for best in bests])
            assert sum(p for v, p in chances if v == value) == pytest.approx(share)
        low, high = cost.best_band(n, SCORES, replacement, share=0.5)
        assert low == np.quantile(bests, 0.25, method="inverted_cdf")
        assert high == np.quantile(bests, 0.75, method="inverted_cdf")


def test_many_trials_reach_the_best_one():
    assert cost.expected_best(5, SCORES, replacement=False) == 0.9
    assert cost.expected_best(1000, SCORES) == pytest.approx(0.9)
    assert cost.expected_best(1, SCORES) == pytest.approx(np.mean(SCORES))


@pytest.mark.parametrize(
    ("n", "scores", "replacement", "sentence"),
    [
        (0, SCORES, True, "whole number"),
        (1.5, SCORES, True, "whole number"),
        (6, SCORES, False, "5 trials"),
        (1, [], True, "at least 1"),
        (1, [0.5, math.nan], True, "runs that failed"),
    ],
)
def test_what_is_no_number_of_trials_is_refused(n, scores, replacement, sentence):
    with pytest.raises(ValueError, match=sentence):
        cost.expected_best(n, scores, replacement)


@pytest.mark.parametrize("share", [0, 1, 80])
def test_a_band_is_a_share_of_cases(share):
    with pytest.raises(ValueError, match="share"):
        cost.best_band(2, SCORES, share=share)


# doubling times


def test_exact_doubling():
    years = np.array([2012.0, 2013, 2015, 2018])
    growth = cost.doubling_time(years, 5 * 2 ** ((years - 2012) * 12 / 3.4))
    assert growth.months == pytest.approx(3.4)
    assert growth.low == pytest.approx(3.4)
    assert growth.high == pytest.approx(3.4)
    assert growth(2012) == pytest.approx(5)
    assert cost.doubling_months(years, growth(years)) == pytest.approx(3.4)
    assert growth.tenfolds_a_year == pytest.approx(12 / 3.4 * math.log10(2))


@pytest.mark.parametrize("level", [0.5, 0.95])
def test_the_interval_is_that_of_scipys_regression(level):
    rng = np.random.default_rng(1)
    years = rng.uniform(2012, 2018, 12)
    amounts = np.exp(1.5 * (years - 2012) + rng.standard_normal(12))
    growth = cost.doubling_time(years, amounts, level)
    line = stats.linregress(years, np.log2(amounts))
    margin = stats.t.ppf((1 + level) / 2, 10) * line.stderr
    assert growth.months == pytest.approx(12 / line.slope)
    assert growth.low == pytest.approx(12 / (line.slope + margin))
    assert growth.high == pytest.approx(12 / (line.slope - margin))


def test_the_interval_covers_the_truth_as_often_as_it_says():
    rng = np.random.default_rng(2)
    years = np.linspace(2012, 2018, 8)
    hits = 0
    for _ in range(1000):
        noise = rng.standard_normal(8)
        growth = cost.doubling_time(years, 2 ** (2 * (years - 2012) + noise), 0.9)
        hits += growth.low <= 6 <= growth.high
    assert hits == pytest.approx(900, abs=40)  # 4 standard deviations


def test_a_weak_trend_may_be_none():
    growth = cost.doubling_time([2012, 2013, 2014, 2015], [1, 8, 1, 3])
    assert growth.high == math.inf
    assert growth.low < growth.months < growth.high


@pytest.mark.parametrize(
    ("years", "amounts", "level", "sentence"),
    [
        ([2012, 2013], [1, 2], 0.95, "at least 3"),
        ([2012, 2013, 2014], [1, 0, 2], 0.95, "above 0"),
        ([2012, 2013, 2014], [4, 2, 1], 0.95, "don't grow"),
        ([2012, 2013, 2014], [1, 2, 4], 95, "level"),
    ],
)
def test_no_doubling_time_is_made_up(years, amounts, level, sentence):
    with pytest.raises(ValueError, match=sentence):
        cost.doubling_time(years, amounts, level)
