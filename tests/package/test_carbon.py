"""Carbon accounting: the equations, grids, the synthetic day, the corrections, the calculator."""

from __future__ import annotations

import csv
import itertools
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenlab import carbon
from greenlab.carbon import countries

amount = st.floats(0, 1e6)


def test_importing_it_imports_neither_torch_nor_numpy():
    code = (
        "import sys, greenlab.carbon\n"
        "assert not {'torch', 'numpy', 'matplotlib', 'IPython'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


# equations


def test_equation_1_by_hand():
    # 10 h · (100 + 50 + 2 · 200) W = 5.5 kWh, and 1.58 times that with the cooling.
    assert carbon.energy_kwh(10, 100, 50, 200, 2, pue=1) == pytest.approx(5.5)
    assert carbon.energy_kwh(10, 100, 50, 200, 2) == pytest.approx(8.69)


def test_equation_2_by_hand():
    assert carbon.co2e_lb(1000) == pytest.approx(954)
    assert carbon.co2e_lb(1000, lb_per_kwh=0.5) == pytest.approx(500)
    assert carbon.co2e_kg(1000, 50) == pytest.approx(50)


def test_the_papers_grid_in_grams():
    assert 1000 * carbon.lb_to_kg(carbon.US_LB_PER_KWH) == pytest.approx(432.7, abs=0.05)


@given(amount)
def test_pounds_and_kilograms_are_inverse(kg):
    assert carbon.lb_to_kg(carbon.kg_to_lb(kg)) == pytest.approx(kg)


@given(amount, amount)
def test_energy_adds_over_time(a, b):
    both = carbon.energy_kwh(a, 100, 10, 250, 4) + carbon.energy_kwh(b, 100, 10, 250, 4)
    assert carbon.energy_kwh(a + b, 100, 10, 250, 4) == pytest.approx(both)


def test_joules():
    assert carbon.joules_to_kwh(3.6e6) == 1
    assert carbon.joules_to_kwh(3.6e6, pue=1.5) == 1.5


def test_dollars():
    assert carbon.electricity_usd(100) == pytest.approx(12)
    assert carbon.cloud_usd(10, "V100", 2) == pytest.approx((14.8, 49.6))


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: carbon.energy_kwh(-1, 0, 0, 0, 0), "hours"),
        (lambda: carbon.energy_kwh(1, 0, 0, float("inf"), 1), "gpu_watts"),
        (lambda: carbon.energy_kwh(1, 1, 1, 1, 1, pue=0.9), "pue"),
        (lambda: carbon.joules_to_kwh(float("nan")), "joules"),
        (lambda: carbon.co2e_lb(-1), "kwh"),
        (lambda: carbon.co2e_kg(1, -5), "g_per_kwh"),
        (lambda: carbon.electricity_usd(1, -0.1), "usd_per_kwh"),
        (lambda: carbon.equivalents(-1), "kg"),
        (lambda: carbon.cloud_usd(1, "H100"), r"'H100'.*'P100'.*'TPUv3'"),
        (lambda: carbon.embodied_kg(1, 1), "share"),
        (lambda: carbon.footprint(-5, 1, "FR"), "watts"),
        (lambda: carbon.footprint(5, 1, "FR", embodied_share=-0.1), "share"),
    ],
)
def test_bad_numbers_are_named(call, says):
    with pytest.raises(ValueError, match=says):
        call()


def test_equivalents_are_table_1s():
    for known in carbon.EQUIVALENTS:
        assert carbon.equivalents(carbon.lb_to_kg(known.lb))[known.name] == pytest.approx(1)
        assert known.source
    lb = {cell.printed for cell in carbon.table1()}
    assert {known.lb for known in carbon.EQUIVALENTS} <= lb


def test_embodied_is_a_share_of_the_whole():
    made = carbon.embodied_kg(75, 0.25)
    assert made == pytest.approx(25)
    assert made / (made + 75) == pytest.approx(0.25)
    assert carbon.embodied_kg(75, 0) == 0


# grids


def test_the_whole_table_is_read():
    with countries.SHIPPED.open(encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    assert len(carbon.grids()) == len(lines) == 212
    assert sum(float(line["g_co2e_per_kwh"]) for line in lines) == pytest.approx(
        sum(grid.g_per_kwh for grid in carbon.grids())
    )


def test_every_country_is_found_by_its_three_names():
    for row in carbon.grids():
        for name in (row.iso2, row.iso3, row.country, row.country.upper(), f" {row.iso2.lower()} "):
            assert carbon.grid(name) is row


def test_known_intensities():
    assert carbon.intensity("France") == pytest.approx(44.179085)
    assert carbon.intensity("USA") == pytest.approx(383.5492)
    assert carbon.intensity("World") == 472.94
    assert carbon.grid("world").year == 2024
    assert carbon.grid("Côte d’Ivoire").iso2 == "CI"
    assert carbon.grid("UK").iso2 == "GB"
    assert carbon.grid("The paper's US grid") is carbon.PAPER_US
    assert carbon.co2e_kg(1000, carbon.PAPER_US.g_per_kwh) == pytest.approx(carbon.co2e(1000)[1])


@pytest.mark.parametrize(
    ("asked", "near"),
    [
        ("Frnace", "'France'"),
        ("Germny", "'Germany'"),
        ("Korea", "'North Korea' or 'South Korea'"),
        ("Czech Republic", "'Czechia'"),
        ("Viet-nam ", None),
    ],
)
def test_an_unknown_country_names_its_neighbors(asked, near):
    if near is None:  # spaces and hyphens don't matter
        assert carbon.grid(asked).iso3 == "VNM"
        return
    with pytest.raises(ValueError, match=f"unknown country '{asked}'.*{near}"):
        carbon.intensity(asked)


@pytest.mark.parametrize("asked", ["", "zzz", None, 33])
def test_no_country(asked):
    with pytest.raises(ValueError, match="country"):
        carbon.intensity(asked)


@pytest.mark.parametrize("content", [None, "", "iso2,iso3\nFR,FRA\n", "iso2,country\n\xff"])
def test_a_broken_table_says_how_to_get_it_back(content, tmp_path, monkeypatch):
    broken = tmp_path / "grid.csv"
    if content is not None:
        broken.write_bytes(content.encode("latin-1"))
    monkeypatch.setattr(countries, "SHIPPED", broken)
    with pytest.raises(RuntimeError, match=r"grid\.csv can't be read: .*`"):
        countries.grids.__wrapped__()


# when to run


def test_the_synthetic_day_says_so_and_keeps_its_mean():
    assert "SYNTHETIC" in carbon.synthetic_day.__doc__
    day = carbon.synthetic_day(383.5)
    assert len(day) == 24
    assert sum(day) / 24 == pytest.approx(383.5)
    assert min(day) > 0
    assert day.index(min(day)) in (12, 13)
    assert day.index(max(day)) in (19, 20)


@given(st.lists(st.floats(1, 1000), min_size=24, max_size=24), st.integers(1, 60))
def test_the_cheapest_start_by_brute_force(day, hours):
    endless = list(itertools.islice(itertools.cycle(day), 100))
    means = [sum(endless[start : start + hours]) / hours for start in range(24)]
    start, mean = carbon.cheapest_start(day, hours)
    assert mean == pytest.approx(min(means))
    assert means[start] == pytest.approx(min(means))


def test_parts_of_an_hour_count_as_parts():
    day = [100.0] * 23 + [500.0]
    assert carbon.mean_intensity(day, 22, 1.5) == pytest.approx((100 + 0.5 * 500) / 1.5)
    assert carbon.mean_intensity(day, 23, 0.25) == pytest.approx(500)
    assert carbon.mean_intensity(day, 5, 24 * 365) == pytest.approx(sum(day) / 24)


def test_of_equal_starts_the_earliest():
    assert carbon.cheapest_start(carbon.synthetic_day(300), 48) == (0, pytest.approx(300))
    assert carbon.cheapest_start([5.0] * 24, 3)[0] == 0


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: carbon.cheapest_start([1.0] * 23, 1), "24 hourly values; got 23"),
        (lambda: carbon.cheapest_start([1.0] * 24, 0), "hours"),
        (lambda: carbon.cheapest_start([1.0] * 24, -1), "hours"),
        (lambda: carbon.mean_intensity([1.0] * 24, 24, 1), "start_hour"),
        (lambda: carbon.synthetic_day(-1), "mean_g_per_kwh"),
    ],
)
def test_bad_schedules_are_refused(call, says):
    with pytest.raises(ValueError, match=says):
        call()


# corrections


def test_the_corrections_of_the_search():
    strubell, average, ran, once = (estimate.kg for estimate in carbon.NAS)
    assert strubell == pytest.approx(284e3, rel=1e-3)
    assert strubell / average == pytest.approx(18.7)
    assert 88 <= strubell / ran < 89  # printed 88; its 3.2 t is rounded
    assert carbon.kg_to_lb(once) == pytest.approx(192)


def test_blooms_parts():
    parts = [part.kg / 1000 for part in carbon.BLOOM]
    assert parts[0] == pytest.approx(24.7, abs=0.05)
    assert sum(parts) == pytest.approx(50.5, abs=0.05)
    assert round(100 * carbon.BLOOM_EMBODIED_SHARE) == round(100 * 11.2 / 50.5)


def test_every_correction_has_its_source():
    for source in [
        *(e.source for e in carbon.NAS + carbon.BLOOM),
        *(s for _, s in carbon.FINDINGS),
    ]:
        assert source.split(" ")[0] in {"Strubell", "Patterson", "Luccioni,", "Dodge"}
        assert "20" in source


# calculator


def test_a_footprint_is_the_equations_one_after_another():
    made = carbon.footprint(1515.43, 84, "France", pue=1.2, usd_per_kwh=0.2)
    kwh = 1.2 * 84 * 1.51543
    assert made.kwh == pytest.approx(kwh)
    assert made.kg == pytest.approx(kwh * 0.044179085)
    assert carbon.lb_to_kg(made.lb) == pytest.approx(made.kg)
    assert made.electricity_usd == pytest.approx(0.2 * kwh)
    assert made.equivalents == carbon.equivalents(made.kg)
    assert (made.cloud_usd, made.embodied_kg) == (None, None)


def test_embodied_and_rent_stand_apart():
    plain = carbon.footprint(1515.43, 84, "US")
    asked = carbon.footprint(1515.43, 84, "US", rent=("P100", 8), embodied_share=0.2)
    assert (asked.kwh, asked.kg, asked.electricity_usd) == (
        plain.kwh,
        plain.kg,
        plain.electricity_usd,
    )
    assert asked.embodied_kg == pytest.approx(plain.kg / 4)
    assert asked.cloud_usd == carbon.cloud_usd(84, "P100", 8)
    assert "making the hardware, 20% of the whole, apart" in str(asked)
    assert "apart" not in str(plain)
    assert "$288.96 to $981.12" in str(asked)


def test_a_footprint_in_words():
    text = str(carbon.footprint(1515.43, 84, "Germany"))
    assert "201 kWh" in text
    assert "Germany 2024, 344 g/kWh" in text
    assert "69.2 kg = 153 lb" in text
    assert "The same CO2e as\nflight" in text
    assert "1/13 of one" in text  # 153 of 1,984 lb
    small = str(carbon.footprint(20, 0.1, "France"))
    assert "e-" not in small.split("flight")[1]  # 1 / 6,450,000, not 1.55e-07
    html = carbon.footprint(20, 1, "CI")._repr_html_()
    assert "Cote d&#x27;Ivoire" in html


def test_nothing_costs_nothing():
    made = carbon.footprint(0, 0, "World")
    assert (made.kwh, made.kg, made.electricity_usd) == (0, 0, 0)
    assert "0 of them" in str(made)


def test_hardware_is_the_papers():
    table = carbon.table3()
    rows = {"3 P100": "ELMo, 3 × P100", "8 P100": "Transformer big, 8 × P100"}
    for name, row in (rows | {"64 V100": "BERT base, 64 × V100"}).items():
        assert carbon.HARDWARE[name].watts == table.cell(row, "power").printed
        assert name == f"{carbon.HARDWARE[name].devices} {carbon.HARDWARE[name].device}"
