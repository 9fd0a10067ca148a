"""The ledger and `greenlab budget`: what is written down comes back, and sums stay honest."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import matplotlib.pyplot as plt
import pytest

from greenlab import carbon, cli
from greenlab.energy import Interval, Reading, ledger

KWH = 3.6e6


def reading(best: float, method: str = "counter", name: str | None = None) -> Reading:
    joules = {"package-0": Interval(0.9 * best, best, 1.2 * best)}
    return Reading(joules, 60.0, method, "machine", ("é <",), name, {"psys": Interval(1, 2, 3)})


NOTHING = Reading({}, 1.0, "unavailable", "", ("no sensor",))


@pytest.fixture
def book(tmp_path, monkeypatch):
    """A ledger that does not exist yet, as the default one."""
    path = tmp_path / "deep" / "ledger.jsonl"
    monkeypatch.setenv("GREENLAB_LEDGER", str(path))
    return path


def test_what_is_written_comes_back_the_same(book):
    wrote = [reading(3.3, name="train"), NOTHING, reading(7.0, "estimated")]
    for one in wrote:
        assert ledger.add(one) == book
    entries, broken = ledger.read()
    assert [entry.reading for entry in entries] == wrote
    assert [entry.reading.apart for entry in entries] == [one.apart for one in wrote]
    assert broken == []
    assert len(book.read_text("utf-8").splitlines()) == 3
    assert abs((entries[0].when - datetime.now(UTC)).total_seconds()) < 3600


def test_a_line_cut_off_is_named_and_spoils_no_other(book):
    ledger.add(reading(1.0))
    with book.open("a") as file:
        file.write('{"when": "2026-')
    ledger.add(reading(2.0))
    entries, broken = ledger.read()
    assert [entry.reading.interval.best for entry in entries] == [1.0, 2.0]
    assert broken == [2]


@pytest.mark.parametrize(
    "change",
    [
        {"method": "guess"},
        {"joules": {}},
        {"joules": {"cpu": [3, 2, 1]}},
        {"joules": {"cpu": ["x", 2, 3]}},
        {"joules": [1]},
        {"seconds": None},
        {"when": "yesterday"},
    ],
)
def test_a_line_that_is_no_reading_is_named(book, change):
    ledger.add(reading(1.0))
    book.write_text(json.dumps(json.loads(book.read_text("utf-8")) | change) + "\n[]\n5\n")
    assert ledger.read() == ([], [1, 2, 3])


def entries_of(*readings: Reading, day: int = 5) -> list[ledger.Entry]:
    return [ledger.Entry(datetime(2026, 10, day, tzinfo=UTC), one) for one in readings]


def test_measured_and_estimated_are_never_added():
    entries = entries_of(reading(KWH), reading(2 * KWH), reading(5 * KWH, "estimated"), NOTHING)
    assert ledger.kwh(entries, "measured").best == pytest.approx(3)
    assert ledger.kwh(entries, "estimated").best == pytest.approx(5)
    assert ledger.kwh(entries, "unavailable") is None
    text = ledger.budget(entries)
    assert "measured, 2 readings: 3 (2.7 to 3.6) kWh at PUE 1" in text
    assert "estimated, 1 readings: 4.5 to 6 kWh" in text
    assert "unavailable, 1 readings: nothing is known" in text
    assert "it is not 0" in text
    assert " 8 " not in text


def test_the_co2e_is_that_of_the_grid_and_the_pue():
    text = ledger.budget(entries_of(reading(KWH)), "FRA", pue=1.5)
    grams = 1.5 * carbon.intensity("FRA")
    assert f"CO2e: {grams:.3g} ({0.9 * grams:.3g} to {1.2 * grams:.3g}) g (France" in text
    name, times = next(iter(carbon.equivalents(grams / 1000).items()))
    assert f"= {times:.3g} (" in text
    assert f"× {name}" in text


def test_the_country_is_never_guessed():
    text = ledger.budget(entries_of(reading(KWH)))
    assert "CO2e:" not in text
    assert "--country" in text


def test_weeks_are_in_order_and_hold_what_is_known():
    late, early = entries_of(reading(KWH), day=26), entries_of(reading(2 * KWH, "estimated"))
    assert ledger.by_week(late + early) == {
        "2026-W41": {"estimated": pytest.approx(2)},
        "2026-W44": {"measured": pytest.approx(1)},
    }
    lines = ledger.budget(late + early).splitlines()
    assert lines[-2] == f"  2026-W41 {'░' * 40} 2 estimated"
    assert lines[-1] == f"  2026-W44 {'█' * 20} 1 measured"
    assert "unavailable" in ledger.budget(late + entries_of(NOTHING)).splitlines()[-2]


def test_the_figure_stacks_what_it_says():
    fig = ledger.figure(entries_of(reading(KWH), reading(2 * KWH, "estimated")))
    measured, estimated = fig.axes[0].patches
    assert (measured.get_height(), estimated.get_y()) == (pytest.approx(1), pytest.approx(1))
    assert estimated.get_height() == pytest.approx(2)
    assert [t.get_text() for t in fig.axes[0].get_legend().get_texts()] == ["measured", "estimated"]
    with pytest.raises(ValueError, match="empty"):
        ledger.figure([])
    assert ledger.budget([]) == "The ledger is empty."


def test_the_command_sums_and_draws(book, tmp_path, capsys):
    ledger.add(reading(KWH))
    picture = tmp_path / "budget.png"
    assert cli.main(["budget", "--country", "Germany", "--figure", str(picture)]) == 0
    out = capsys.readouterr().out
    assert "measured, 1 readings" in out
    assert "Germany" in out
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert plt.get_fignums() == []


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([], "there is no ledger"),
        (["--country", "Frnce"], "France"),
        (["--pue", "0.5"], "pue must be 1 or more"),
        (["--figure", "x.nothing"], "not supported"),
    ],
)
def test_the_command_says_what_is_wrong(book, capsys, words, says):
    if words:
        ledger.add(reading(1.0))
    assert cli.main(["budget", *words]) == 1
    assert says in capsys.readouterr().err


def test_the_command_names_lines_that_do_not_count(book, capsys):
    ledger.add(reading(1.0))
    book.write_text(book.read_text("utf-8") + "oops\n")
    assert cli.main(["budget"]) == 0
    assert "lines 2" in capsys.readouterr().out
