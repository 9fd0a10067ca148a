"""Of what a box says that a cell showed, the form is checked: it must not break a notebook."""

import base64

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from autograder.engine.outputs import checked, points, shown_points

PNG = base64.b64encode(b"\x89PNG").decode()


def shown(data, kind="display_data", **more):
    return {"output_type": kind, "data": data, "metadata": {}, **more}


GOOD = [
    {"output_type": "stream", "name": "stderr", "text": "a\nb"},
    {"output_type": "error", "ename": "E", "evalue": "v", "traceback": ["line"]},
    shown({"text/plain": "x", "text/html": "<b>x</b>"}),
    shown({"image/png": PNG}, metadata={"image/png": {"width": 3, "height": 4}}),
    shown({"text/plain": "3"}, "execute_result", execution_count=None),
]


@pytest.mark.parametrize("output", GOOD)
def test_what_a_cell_showed_stays(output):
    assert checked([output]) == [output]


BAD = [
    *(None, "text", [], {}, {"output_type": "stream"}, {"output_type": "pickle", "data": {}}),
    {"output_type": "stream", "name": "stdin", "text": "x"},
    {"output_type": "stream", "name": "stdout", "text": ["x", 3]},
    {"output_type": "error", "ename": 3, "evalue": "v", "traceback": []},
    shown({}),
    shown({"application/javascript": "alert(1)"}),
    shown({"application/vnd.jupyter.widget-view+json": {"model_id": "x"}}),
    shown({"image/png": PNG + '"><script>alert(1)</script>'}),
    shown({"text/html": ["<b>", 3]}),
    shown({3: "x"}),
    shown("text"),
]


@pytest.mark.parametrize("output", BAD)
def test_what_is_no_output_is_left_out(output):
    assert checked([output, GOOD[0]]) == [GOOD[0]]


def test_no_list_is_no_outputs():
    assert checked("outputs") == checked(None) == checked({"output_type": "stream"}) == []


def test_metadata_is_sizes_and_nothing_else():
    evil = {"width": "1 onerror=alert(1)", "height": 10**9, "isolated": True}
    (made,) = checked([shown({"image/png": PNG}, metadata={"image/png": evil, "tags": ["x"]})])
    assert made["metadata"] == {"image/png": {}}
    assert checked([shown({"image/png": PNG}, metadata="x")])[0]["metadata"] == {}


def test_whatever_stays_can_be_written_to_a_file():
    half = "\ud800"
    outputs = checked(
        [
            {"output_type": "stream", "name": "stdout", "text": half},
            {"output_type": "error", "ename": half, "evalue": half, "traceback": [half, 3]},
            shown({"text/plain": half}, "execute_result", execution_count=10**5000),
        ]
    )
    cell = new_code_cell(outputs=[nbformat.from_dict(output) for output in outputs])
    notebook = new_notebook(cells=[cell])
    nbformat.validate(notebook)
    assert len(outputs) == 3
    assert nbformat.writes(notebook).encode()


def test_more_than_fits_is_left_out():
    large = {"output_type": "stream", "name": "stdout", "text": "x" * 3 * 2**20}
    assert checked([GOOD[0], large, large, GOOD[1]]) == [GOOD[0], large]


@pytest.mark.parametrize(
    ("value", "score"),
    [(None, 2.0), (True, 2.0), ("1", 2.0), (0, 0.0), (1.5, 1.5), (2, 2.0), ([1], 2.0)],
)
def test_partial_credit(value, score):
    assert points(value, 2.0) == score


@pytest.mark.parametrize("value", [-0.1, 2.1, float("nan"), float("inf")])
def test_no_more_than_the_points_and_no_less_than_none(value):
    with pytest.raises(ValueError, match="points of 2"):
        points(value, 2.0)
    with pytest.raises(ValueError, match="points of 2"):
        shown_points([shown({"text/plain": repr(value)}, "execute_result")], 2.0)


@pytest.mark.parametrize(("text", "score"), [("1.5", 1.5), ("'1.5'", 2.0), ("<x>", 2.0), ("0", 0)])
def test_partial_credit_as_shown(text, score):
    outputs = [GOOD[0], shown({"text/plain": text}, "execute_result")]
    assert shown_points(outputs, 2.0) == score
    assert shown_points([GOOD[0], shown({"text/plain": text})], 2.0) == 2.0
