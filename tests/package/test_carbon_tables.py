"""Strubell's tables: each printed number against its computation, and what does not reproduce."""

from __future__ import annotations

import pytest

from greenlab import carbon
from greenlab.carbon.tables import priced_elsewhere

TABLE1 = {
    "air travel NY–SF, one passenger": 1_984,
    "human life, one year": 11_023,
    "American life, one year": 36_156,
    "car with fuel, one lifetime": 126_000,
    "NLP pipeline": 39,
    "NLP pipeline, tuned": 78_468,
    "Transformer big": 192,
    "Transformer with NAS": 626_155,
}
COLUMNS3 = ("power", "hours", "energy", "CO2e", "cloud, pre-emptible", "cloud, on demand")
TABLE3 = {
    "Transformer base, 8 × P100": (1415.78, 12, 27, 26, 41, 140),
    "Transformer big, 8 × P100": (1515.43, 84, 201, 192, 289, 981),
    "ELMo, 3 × P100": (517.66, 336, 275, 262, 433, 1472),
    "BERT base, 64 × V100": (12041.51, 79, 1507, 1438, 3751, 12571),
    "BERT base, 16 × TPUv2": (None, 96, None, None, 2074, 6912),
    "NAS, 8 × P100": (1515.43, 274120, 656347, 626155, 942973, 3201722),
    "NAS, 1 × TPUv2": (None, 32623, None, None, 44055, 146848),
    "GPT-2, 32 × TPUv3": (None, 168, None, None, 12902, 43008),
}
COLUMNS4 = ("hours", "cloud, pre-emptible", "cloud, on demand", "electricity")
TABLE4 = {
    "1 job": (120, 52, 175, 5),
    "24 jobs": (2880, 1238, 4205, 118),
    "4,789 jobs": (239942, 103_000, 350_000, 9870),
}
PRINTED = {
    carbon.table1: {(row, "CO2e"): value for row, value in TABLE1.items()},
    carbon.table3: {
        (row, column): value
        for row, values in TABLE3.items()
        for column, value in zip(COLUMNS3, values, strict=True)
        if value is not None
    },
    carbon.table4: {
        (row, column): value
        for row, values in TABLE4.items()
        for column, value in zip(COLUMNS4, values, strict=True)
    },
}


@pytest.mark.parametrize("table", PRINTED, ids=lambda table: table.__name__)
def test_every_printed_number_is_there_once(table):
    cells = [((cell.row, cell.column), cell.printed) for cell in table()]
    assert len(cells) == len(PRINTED[table])
    assert dict(cells) == PRINTED[table]


@pytest.mark.parametrize("table", PRINTED, ids=lambda table: table.__name__)
def test_the_verdict_is_rounding_to_the_printed_digits(table):
    for cell in table():
        assert cell.why
        if cell.agrees is not None:
            away = abs(cell.computed - cell.printed)
            assert cell.agrees == (away <= 0.5 * cell.step + 1e-6), cell


def test_all_agree_but_what_comes_from_two_slips():
    differ = {
        (cell.row, cell.column)
        for table in (carbon.table1(), carbon.table3(), carbon.table4())
        for cell in table
        if cell.agrees is False
    }
    cloud = ("cloud, pre-emptible", "cloud, on demand")
    assert differ == {
        *(("BERT base, 64 × V100", column) for column in ("energy", "CO2e", *cloud)),
        *(("NAS, 1 × TPUv2", column) for column in ("hours", *cloud)),
    }


def test_what_has_nothing_to_be_computed_from_is_not_said_to_agree():
    unchecked = [
        cell
        for table in (carbon.table1(), carbon.table3(), carbon.table4())
        for cell in table
        if cell.agrees is None
    ]
    columns = {cell.column for cell in unchecked if cell.computed is None}
    assert columns == {"power", "hours", "CO2e"}
    (circular,) = [cell for cell in unchecked if cell.computed is not None]
    assert (circular.row, circular.printed) == ("NLP pipeline, tuned", 78_468)
    assert circular.computed == pytest.approx(78_468, abs=0.5)
    assert "circular" in circular.why


def test_bert_is_79_2_hours():
    table, row = carbon.table3(), "BERT base, 64 × V100"
    assert table.cell(row, "hours").computed == pytest.approx(79.2)
    assert table.cell(row, "energy").computed == pytest.approx(1503, abs=0.5)
    assert table.cell(row, "CO2e").computed == pytest.approx(1434, abs=0.5)
    for column, value in zip(COLUMNS3[2:], ("1,507", "1,438", "3,751", "12,571"), strict=True):
        assert f"with 79.2 h: {value}, agrees" in table.cell(row, column).why
    kwh = carbon.energy_kwh(79.2, 12041.51, 0, 0, 0)
    assert (round(kwh), round(carbon.co2e_lb(kwh))) == (1507, 1438)


def test_the_searchs_tpu_hours_are_a_slip():
    table, row = carbon.table3(), "NAS, 1 × TPUv2"
    assert table.cell(row, "hours").computed == 32_633
    for column, value in zip(COLUMNS3[4:], ("44,055", "146,848"), strict=True):
        assert f"with 32,633 h: {value}, agrees" in table.cell(row, column).why


def test_the_days_of_research_and_development():
    hours = carbon.table4().cell("4,789 jobs", "hours").printed
    assert round(hours / 24) == 9_998


def test_a_table_reads_well_as_text_and_in_a_notebook():
    table = carbon.table3()
    lines = str(table).splitlines()
    assert lines[0] == table.title
    assert len(lines) == 2 + len(list(table))
    assert "BERT base, 64 × V100 | energy, kWh | 1,507 | 1,503.02 | differs | " in str(table)


def test_in_a_notebook_a_table_stands_as_the_paper_prints_it():
    table = carbon.table3()
    html = table._repr_html_()
    paper, reasons = html.split("<details>")
    assert paper.count("<tr>") == 1 + 8
    assert paper.count("<th ") == 1 + len(COLUMNS3)
    assert paper.count("<b>") == 1 + 7  # the title and what differs
    assert "<b>1,507<br>computed&nbsp;1,503.02</b>" in paper
    assert "<b>32,623<br>computed&nbsp;32,633</b>" in paper
    assert paper.count("–</td>") == 3 * 3  # watts, kWh and pounds of TPUs
    assert paper.count(" ✓</td>") == 20 + 2  # and the hours of BERT and NAS
    assert reasons.count("<tr>") == 1 + len(list(table))
    assert "78,468 (=)</td>" in carbon.table1()._repr_html_()


def test_dollars_whose_price_is_their_own_say_so():
    table = carbon.table3()
    alone = {cell.row for cell in table if "solved from this row" in cell.why}
    assert alone == {"GPT-2, 32 × TPUv3"}  # BERT on V100 has another reason: its hours
    priced = {run.name for run in carbon.RUNS if not priced_elsewhere(run)}
    assert priced == {"GPT-2, 32 × TPUv3", "BERT base, 64 × V100"}


def test_a_cell_that_is_not_there():
    with pytest.raises(ValueError, match=r"'GPT-2', 'energy'.*'GPT-2, 32 × TPUv3'.*'energy'"):
        carbon.table3().cell("GPT-2", "energy")
