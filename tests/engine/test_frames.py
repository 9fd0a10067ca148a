"""pandas' frames, series, indexes and points in time cross by value where pandas is installed."""

import pytest

from tests.engine.boxes import open_box

pd = pytest.importorskip("pandas")

SETUP = """
import pandas as pd
def make(text): return eval(text)
def same(x): return x
def told(x): return repr(x) + repr(getattr(x, "dtypes", None))
def change(x, code): exec(code, globals(), {"x": x})
MIXED = pd.DataFrame({
    "n": [1, 2], "s": ["x", None], "when": pd.to_datetime(["2020-01-01", None]), "f": [1.5, None],
    "kind": pd.Categorical(["u", "v"], ordered=True), "int": pd.array([1, None], dtype="Int64"),
    "zone": pd.to_datetime(["2020-07-01", "2021-01-01"]).tz_localize("Europe/Berlin"),
    "bool": pd.array([True, None], dtype="boolean"), "o": pd.Series([[1], "a"], dtype=object),
    "span": pd.to_timedelta([1, 2], unit="s"), "b": [True, False],
})
"""
HERE = {}
exec(SETUP, HERE)
VALUES = """
MIXED · MIXED[[]] · MIXED.iloc[:0] · pd.DataFrame() · MIXED.set_index(["n", "s"]) · MIXED.T
pd.DataFrame([[1, 2]], columns=["x", "x"]) · MIXED.groupby("n").agg({"f": ["mean", "max"]})
pd.DataFrame({"a": [1, 2]}, index=pd.date_range("2020", periods=2)) · MIXED.describe()
MIXED["kind"] · MIXED["zone"] · MIXED["s"].rename(None) · MIXED["f"].value_counts()
pd.RangeIndex(1, 9, 2, name="q") · MIXED.columns · pd.MultiIndex.from_product([[1], ["a", "b"]])
pd.CategoricalIndex(["a"]) · pd.date_range("2020", periods=3, freq="D", tz="UTC")
pd.Timestamp("2020-01-01 10:00:00.123456789") · pd.Timestamp("2020-07-01", tz="Europe/Berlin")
pd.NaT · pd.NA · pd.Timedelta("1d 2h") · MIXED.index.names
"""
VALUES = [text for line in VALUES.strip().splitlines() for text in line.split(" · ")]
CHANGES = {
    "MIXED.copy()": "x['new'] = x.n * 2",
    "MIXED[['n', 'f']].copy()": "x.loc[0, 'f'] = 9; x.drop(columns='n', inplace=True)",
    "pd.DataFrame({'a': [2, 1]})": "x.sort_values('a', inplace=True)",
    "pd.Series([1, 2])": "x[0] = 5; x.name = 'named'",
}


@pytest.fixture(scope="module")
def talk():
    with open_box(SETUP) as session:
        yield session


def call(talk, name, *arguments):
    return talk.look_up(name)(*arguments)


def assert_same(got, expected):
    assert type(got) is type(expected)
    if isinstance(got, pd.DataFrame):
        pd.testing.assert_frame_equal(got, expected)
    elif isinstance(got, pd.Series):
        pd.testing.assert_series_equal(got, expected)
    elif isinstance(got, pd.Index):
        pd.testing.assert_index_equal(got, expected)
    else:
        assert repr(got) == repr(expected)


@pytest.mark.parametrize("text", VALUES)
def test_by_value_both_ways(talk, text):
    value = HERE["make"](text)
    theirs = call(talk, "make", text)
    if text.endswith("names"):  # a list of pandas' own
        assert theirs == list(value)
    else:
        assert_same(theirs, value)
        assert call(talk, "told", value) == HERE["told"](value)
        assert call(talk, "same", value) is value


@pytest.mark.parametrize("text", CHANGES)
def test_changed_in_place(talk, text):
    mine, theirs = HERE["make"](text), HERE["make"](text)
    HERE["change"](mine, CHANGES[text])
    call(talk, "change", theirs, CHANGES[text])
    assert_same(theirs, mine)


def test_what_pandas_makes_of_them_stays_there(talk):
    groups = call(talk, "make", "MIXED.groupby('n')")
    assert_same(groups.size(), HERE["MIXED"].groupby("n").size())
