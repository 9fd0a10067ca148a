"""The lottery ticket study: stopped and gone on with, its rows, its record and its figure."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch

from greenlab import data, lottery, tickets, winning
from greenlab.plots import lottery as figures
from greenlab.tickets import Recipe, Row, Study

SMALL = Recipe(seeds=2, rounds=3, iterations=12, every=4, sizes=(784, 9, 10))


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A small study that ran without a stop: its folder and rows."""
    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp("whole")
    return folder, Study(folder, SMALL).run()


def same_files(a, b) -> bool:
    names = sorted(p.name for p in a.iterdir())
    return names == sorted(p.name for p in b.iterdir()) and all(
        (a / name).read_bytes() == (b / name).read_bytes() for name in names
    )


class Killed(BaseException):
    """What a test stops a study with."""


@pytest.mark.parametrize("at", [1, 2, 3, 4, 7])
def test_a_stopped_study_goes_on_with_the_same_numbers(whole, tmp_path, monkeypatch, at):
    # Round 0 is one call of train, every later round two: 1 + 3 · 2 = 7 in all.
    calls, real = [], lottery.train

    def stops(*args, **options):
        calls.append(1)
        if len(calls) == at:
            raise Killed
        return real(*args, **options)

    monkeypatch.setattr(lottery, "train", stops)
    with pytest.raises(Killed):
        Study(tmp_path, SMALL).run()
    monkeypatch.undo()
    assert Study(tmp_path, SMALL).run() == whole[1]
    assert same_files(tmp_path, whole[0])


@pytest.mark.parametrize("step", ["write", "save_file"])
@pytest.mark.parametrize("at", [2, 3])
def test_a_study_stopped_while_it_writes_loses_that_round_alone(
    whole, tmp_path, monkeypatch, step, at
):
    calls, real = [], getattr(tickets, step)

    def stops(*args, **options):
        calls.append(1)
        if len(calls) == at:
            path = next(a for a in args if hasattr(a, "write_bytes"))
            path.write_bytes(b"half a fi")
            raise Killed
        return real(*args, **options)

    monkeypatch.setattr(tickets, step, stops)
    with pytest.raises(Killed):
        Study(tmp_path, SMALL).run()
    monkeypatch.undo()
    assert Study(tmp_path, SMALL).run() == whole[1]
    assert same_files(tmp_path, whole[0])


def test_a_finished_study_trains_nothing_more(whole, monkeypatch):
    monkeypatch.setattr(lottery, "train", None)
    assert Study(whole[0], SMALL).run() == whole[1]


def test_a_folder_of_another_recipe_is_refused(whole):
    with pytest.raises(ValueError, match="another recipe"):
        Study(whole[0], Recipe(seeds=2, rounds=3, iterations=13, every=4, sizes=(784, 9, 10)))


def test_rows_are_a_ticket_and_two_controls_of_one_size_a_seed_and_round(whole):
    _, rows = whole
    assert len(rows) == 2 + 3 * 2 * 3
    assert {row.kind for row in rows if row.round == 0} == {"ticket"}
    for number in range(1, 4):
        own = [row for row in rows if row.round == number]
        assert [(row.kind, row.seed) for row in own] == [
            (kind, seed) for kind in tickets.KINDS for seed in range(2)
        ]
        assert len({row.left for row in own}) == 1
        assert own[0].left == pytest.approx(winning.weights_left([784 * 9, 90], number), abs=1e-3)
    assert {row.iteration for row in rows} <= {4, 8, 12}


def test_controls_are_what_they_are_called(tmp_path, monkeypatch):
    # What is trained in round 1: the ticket, other weights in its mask, its weights elsewhere.
    seen, real = [], lottery.train

    def looks(models, masks, *args, **options):
        generators = [g.get_state() for g in options["generators"]]
        seen.append(([lottery.snapshot(m) for m in models], masks, generators))
        return real(models, masks, *args, **options)

    monkeypatch.setattr(lottery, "train", looks)
    Study(tmp_path, Recipe(seeds=2, rounds=1, iterations=12, every=4, sizes=(784, 9, 10))).run()
    first, ticket, controls = seen
    again, random = ([part[:2] for part in controls], [part[2:] for part in controls])
    for seed in range(2):
        theta, mask = first[0][seed], ticket[1][seed]
        for name in mask:
            on, other = mask[name], random[1][seed][name]
            assert torch.equal(ticket[0][seed][name], theta[name] * on)
            assert ((again[0][seed][name] != 0) == on).all()
            assert (again[0][seed][name][on] != theta[name][on]).all()
            assert torch.equal(random[0][seed][name], theta[name] * other)
            assert other.sum() == on.sum()
        assert again[1][seed] == mask
        assert random[1][seed] != mask
        assert torch.equal(ticket[2][seed], again[2][seed])
        assert torch.equal(ticket[2][seed], random[2][seed])
        assert not torch.equal(ticket[2][seed], first[2][seed])


def test_rounds_and_rows_come_back_as_they_were_written(whole, tmp_path):
    folder, rows = whole
    assert tickets.read(folder / tickets.RESULTS) == rows
    found = tickets.load(folder)
    assert found.number == 3
    tickets.save(found, tmp_path)
    assert tickets.load(folder).pruned == found.pruned
    name = "round_03.safetensors"
    assert (tmp_path / name).read_bytes() == (folder / name).read_bytes()
    assert tickets.load(tmp_path / "nothing") is None


def test_late_rewinding_can_be_studied_and_gone_on_with(tmp_path):
    options = {"seeds": 2, "iterations": 12, "every": 4, "sizes": (784, 9, 10), "rewind_to": 5}
    Study(tmp_path / "a", Recipe(rounds=2, **options)).run()
    late, early = tickets.load(tmp_path / "a").start[0], Study(tmp_path / "b").models[0]
    assert not torch.equal(late["0.weight"].flatten()[:9], early[0].weight.flatten()[:9])
    assert tickets.load(tmp_path / "a").number == 2


# the record


def test_the_recorded_study_is_full_and_keeps_the_paper_s_order():
    rows = tickets.recorded()
    usual = Recipe()
    assert len(rows) == usual.seeds * (1 + 3 * usual.rounds)
    sizes = [235_200, 30_000, 1_000]
    for row in rows:
        assert row.left == pytest.approx(winning.weights_left(sizes, row.round), abs=1e-4)
        assert row.iteration in range(usual.every, usual.iterations + 1, usual.every)
        assert 0 < row.errors < 2000

    def each(kind: str, number: int, value: str) -> list[float]:
        return [getattr(r, value) for r in rows if (r.kind, r.round) == (kind, number)]

    for control in tickets.KINDS[1:]:
        for number in range(4, 21):  # the card: the worst ticket beats the best control
            assert max(each("ticket", number, "errors")) < min(each(control, number, "errors"))
        for number in range(2, 11):
            ticket, other = (
                np.mean(each(kind, number, "iteration")) for kind in ("ticket", control)
            )
            assert ticket < other


def test_the_card_s_numbers_are_the_record_s():
    card = (data.SHIPPED.parent / "lottery_tickets.md").read_text(encoding="utf-8")
    card, rows = " ".join(card.split()), tickets.recorded()
    assert card.startswith("# Data card: lottery_tickets")
    means = [
        np.mean([r.errors for r in rows if (r.kind, r.round) == at])
        for at in [*((kind, 7) for kind in tickets.KINDS), ("ticket", 0)]
    ]
    told = (
        "ticket {:.1f} errors, reinitialized {:.1f}, random mask {:.1f}; the whole network {:.1f}"
    )
    assert told.format(*means) in card
    last = [r.kind == "ticket" for r in rows if r.iteration == Recipe().iterations]
    assert f"{last.count(False)} of the 120 controls and {last.count(True)} of the 63" in card
    when = [
        np.mean([r.iteration for r in rows if (r.kind, r.round) == ("ticket", k)]) for k in range(8)
    ]
    assert max(when[1:7]) < when[0] < when[7]
    assert f"({when[7]:.0f} against {when[0]:.0f})" in card


# the figure


def test_the_figure_shows_means_and_seeds_and_says_so(capsys, tmp_path):
    rows = [
        Row(kind, seed, k, 0.8**k, 100 * (k + 1) + 50 * seed, 100 + 20 * k + 10 * seed + more)
        for kind, more in (("ticket", 0), ("reinitialized", 60))
        for seed in range(2)
        for k in range(0 if kind == "ticket" else 1, 4)
    ]
    figures.tickets(rows, 2000, save_as=tmp_path / "tickets.png")
    assert (tmp_path / "tickets.png").stat().st_size > 10_000
    left, right = plt.gcf().axes
    line = next(c for c in left.containers if c.get_label() == "ticket").lines[0]
    expected = [100 * (1 - (105 + 20 * k) / 2000) for k in range(4)]
    np.testing.assert_allclose(line.get_ydata(), expected)
    np.testing.assert_allclose(  # a little beside, so that bars can be told apart
        np.asarray(line.get_xdata(), float), [100 * 0.8**k for k in range(4)], rtol=0.03
    )
    steps = next(c for c in right.containers if c.get_label() == "reinitialized").lines[0]
    np.testing.assert_allclose(steps.get_ydata(), [225, 325, 425])
    bars = next(c for c in left.containers if c.get_label() == "ticket").lines[2][0]
    for (_, low), (_, high) in bars.get_segments():
        assert high - low == pytest.approx(100 * 10 / 2000)
    assert left.get_xscale() == right.get_xscale() == "log"
    assert left.get_xlim()[0] > left.get_xlim()[1]
    assert left.lines[-1].get_ydata()[0] == pytest.approx(100 * (1 - 105 / 2000))
    out = " ".join(capsys.readouterr().out.split())
    assert "whole network: 94.8 (94.5 to 95.0) at 125 (100 to 150);" in out
    assert "ticket with 51%: 91.8 (91.5 to 92.0) at 425 (400 to 450);" in out
    plt.close("all")


def test_the_words_name_the_smallest_ticket_that_wins(capsys):
    errors, stops = [100, 99, 100, 101, 100, 102], [400, 300, 399, 400, 500, 410]
    rows = [Row("ticket", 0, k, 0.5**k, stops[k], errors[k]) for k in range(6)]
    figures.tickets(rows, 2000)
    figures.tickets([*rows[:1], *rows[5:]], 2000)
    first, second = " ".join(capsys.readouterr().out.split()).split("In words")[1:]
    assert "whole network's: 6.2%; the smallest that stops sooner on average: 25%." in first
    assert "none that is pruned; the smallest that stops sooner on average: none" in second
    plt.close("all")


def test_the_lab_s_words_on_the_record():
    # "With 51 to 8.7% … a little better than the whole network, within the spread"; "stops sooner
    # down to 26%, but not with 21%"; with few weights left the controls come apart.
    def of(kind: str, number: int, value: str) -> list[int]:
        return [
            getattr(r, value) for r in tickets.recorded() if (r.kind, r.round) == (kind, number)
        ]

    whole = of("ticket", 0, "errors")
    for k in range(3, 12):
        own = of("ticket", k, "errors")
        assert np.mean(own) < np.mean(whole)
        assert max(own) > min(whole)
    assert np.mean(of("ticket", 12, "errors")) > np.mean(whole)
    for k in range(16, 21):
        assert max(of("reinitialized", k, "errors")) < min(of("random mask", k, "errors"))


def test_seeds_that_agree_draw_no_bar():
    # 100 · (1 − e/2000) of three equal counts: for some the mean is rounded below all of them.
    counts = range(80, 200)
    values = [100 * (1 - e / 2000) for e in counts]
    assert any(np.mean([v] * 3) < v for v in values)
    rows = [Row("ticket", seed, k, 0.9**k, 100, e) for k, e in enumerate(counts)
            for seed in range(3)]  # fmt: skip
    figures.tickets(rows, 2000)
    left, _ = plt.gcf().axes
    for (_, low), (_, high) in left.containers[0].lines[2][0].get_segments():
        assert high - low == pytest.approx(0, abs=1e-9)


def test_the_command_runs_goes_on_and_draws(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(Recipe, "__init__", _small(Recipe.__init__))
    arguments = ["--out", str(tmp_path), "--seeds", "1", "--rounds", "1"]
    options = [*arguments, "--iterations", "8", "--every", "4"]
    assert tickets.main(options) == 0
    out, err = capsys.readouterr()
    assert "4 networks" in out
    assert err == ""
    assert (tmp_path / "tickets.png").stat().st_size > 10_000
    with pytest.raises(SystemExit):
        tickets.main([*arguments, "--iterations", "9"])
    assert "another recipe" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        tickets.main(["--seeds", "0"])


def _small(real):
    return lambda self, **options: real(self, **{"sizes": (784, 9, 10), **options})
