"""Whatever a file holds, either its whole cells are found or a sentence says what to do."""

import json
import warnings
from pathlib import Path

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from autograder.salvage import MAX_BYTES, salvage
from autograder.sound import MAX_CELLS, MAX_OUTPUTS, Unreadable

OUTPUTS = '{"cells": [{"outputs": [' + "0," * MAX_OUTPUTS + "0]}]}"
LAB = Path(__file__).parents[2] / "labs/lab4_distillation/lab4_distillation.ipynb"


def notebook():
    """A notebook with an output, a list as text, letters beyond ASCII."""
    output = new_output("display_data", {"text/plain": "é ⟨x⟩", "application/json": {"a": [1, 2]}})
    code = new_code_cell("x = 'ä'\nx", id="code", outputs=[output], execution_count=3)
    return new_notebook(
        cells=[new_markdown_cell("# Ünder\n", id="text"), code, new_code_cell("y", id="last")],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
    )


def text(book=None):
    return nbformat.writes(book or notebook())


def one(data):
    (found,) = salvage(data if isinstance(data, bytes) else data.encode())
    nbformat.validate(found.notebook)
    nbformat.writes(found.notebook).encode()  # no half of a surrogate pair, nothing too deep
    return found


def tried(data):
    """What is found in a file, or the sentence that says why nothing is."""
    try:
        return salvage(data if isinstance(data, bytes) else data.encode()), ""
    except Unreadable as error:
        return [], str(error)


def sources(found):
    return [cell.source for cell in found.notebook.cells]


def test_a_sound_file_is_read_as_it_is():
    assert one(text()).notebook == notebook()
    assert one(text()).flags == []
    real = LAB.read_bytes()
    assert one(real).notebook == nbformat.reads(real.decode(), as_version=4)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "The file is empty: save the notebook"),
        (b"\0" * 4096, "The file is empty: save the notebook"),
        (b"\xef\xbb\xbf \n", "The file is broken, not valid JSON: download it again"),
        (b"PK\x03\x04\x14\x00\x08\x00", "The file is a zip archive, not a notebook: unpack it"),
        (b"\x1f\x8b\x08\x08\x01\x02", "The file is a gzip archive, not a notebook: unpack it"),
        (b"%PDF-1.7\n%\xe2\xe3", "The file is a PDF, not a notebook: submit the .ipynb"),
        (b"\n\n<!DOCTYPE html><html>", "The file is a web page, not a notebook: download the"),
        (b"import torch\n", "The file is a Python script, not a notebook: submit the .ipynb"),
        (b"# %% [markdown]\n# Hi", "The file is a Python script, not a notebook: submit the"),
        (b"My answer is 4.", "The file is broken, not valid JSON: download it again"),
        (b'{\n"cells": [\n', "The file is broken, not valid JSON (line 3): download it again"),
        (b"{[1]: 2, ", "The file is broken, not valid JSON (line 1): download it again"),
        (b'{"url": "https://x"}', "The file isn't a Jupyter notebook: download it again"),
        (b'{"cells": {"0": 1}}', "The file isn't a Jupyter notebook: download it again"),
        (b"null", "The file isn't a Jupyter notebook: download it again"),
        (b"[" * 200_000, "The file is broken, nested too deeply: download it again"),
        (b'{"cells": [' + b"0," * MAX_CELLS + b"0]}", "The notebook has over 5000 cells or"),
        (OUTPUTS.encode(), "The notebook has over 5000 cells or 20000 outputs: delete cells that"),
        (b'{"worksheets": [{"cells": 3}], "nbformat": 3}', "The notebook is in an old, damaged"),
        (b" " * MAX_BYTES + b"{}", "The file is over 50 MB: clear the outputs, save, and submit"),
    ],
)
def test_what_is_no_notebook_is_called_by_its_name(data, says):
    with pytest.raises(Unreadable) as caught:
        salvage(data)
    assert str(caught.value).startswith(says)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_every_unicode_encoding_is_read(encoding):
    found = one(text().encode(encoding))
    assert found.notebook == notebook()
    assert found.flags == [] if encoding == "utf-8-sig" else "not in UTF-8" in found.flags[0]


def test_bytes_of_another_encoding_cost_only_themselves():
    found = one(text().encode().replace("é".encode(), b"\xe9").replace("ä".encode(), b"\xe4"))
    assert sources(found) == ["# Ünder\n", "x = '\ufffd'\nx", "y"]
    assert found.flags == ["The file is not all UTF-8: what isn't shows as \ufffd."]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"execution_count": 3', '"execution_count": NaN'),
        ('"execution_count": 3', '"execution_count": ' + "9" * 5000),
        ('"execution_count": 3', '"execution_count": 3, "execution_count": null'),
        ('"a": [', '"b": 1e999, "c": -Infinity, "a": ['),
        ("\"x = 'ä'\\n\"", "\"x = 'ä'\n\""),
        ('"nbformat": 4', '"nbformat": 5'),
        ('"nbformat_minor": 5', '"nbformat_minor": "?"'),
        ('"nbformat": 4,', ""),
        ('"id": "last"', '"id": "code"'),
        ('"id": "last",', ""),
        ('"id": "last"', '"id": "no id!"'),
    ],
)
def test_harmless_oddities_of_json_change_no_text(old, new):
    assert old in text()
    found = one(text().replace(old, new))
    assert sources(found) == [cell.source for cell in notebook().cells]
    assert found.flags == []
    assert "Infinity" not in nbformat.writes(found.notebook)


def test_the_last_of_two_equal_keys_counts_as_in_jupyter():
    found = one(text().replace('"cells": [', '"cells": [], "cells": [', 1))
    assert len(found.notebook.cells) == 3


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"output_type": "display_data"', '"output_type": "virus"'),
        ('"a": [', '"b": ' + "[" * 99 + "]" * 99 + ', "a": ['),
        ('"metadata": {},\n     "output_type"', '"metadata": [],\n     "output_type"'),
        ('"execution_count": 3', '"execution_count": "three", "input": 1'),
        ('"cell_type": "code"', '"cell_type": ["code"]'),
        ('"id": "last",\n   "metadata": {}', '"id": "last",\n   "metadata": 0'),
        ('"cells": [', '"cells": [0, null, "text",'),
    ],
)
def test_damaged_parts_go_and_texts_stay(old, new):
    assert old in text()
    found = one(text().replace(old, new))
    assert sources(found) == [cell.source for cell in notebook().cells]
    assert found.flags == ["Damaged parts of cells were left out."]


def test_a_damaged_cell_keeps_its_name_and_sound_outputs():
    book = notebook()
    cell = book.cells[1]
    cell.metadata = {"nbgrader": {"grade_id": "double"}, "tags": "none"}
    cell.outputs.append({"output_type": "stream", "name": "stdout"})
    (_, found, _) = one(json.dumps(book)).notebook.cells
    assert found.metadata == {"nbgrader": {"grade_id": "double"}}
    assert found.outputs == notebook().cells[1].outputs


def test_what_is_nested_too_deeply_to_be_written_goes():
    book = notebook()
    deep = json.loads("[" * 99 + "]" * 99)
    book.metadata.deep = deep
    book.cells[1].outputs[0]["metadata"]["deep"] = deep
    book.cells[2].metadata.deep = deep
    found = one(json.dumps(book)).notebook
    assert found.metadata == {}
    assert found.cells[1].outputs == []
    assert found.cells[2].metadata == {}


def test_each_cell_gets_an_id_of_its_own_and_good_ones_stay():
    book = notebook()
    for cell, wanted in zip(book.cells, ["cell-2", "cell-2", "cell-2-again"], strict=True):
        cell.id = wanted
    found = one(json.dumps(book)).notebook
    assert [cell.id for cell in found.cells] == ["cell-2", "cell-2-again-again", "cell-2-again"]


def test_half_of_a_surrogate_pair_can_be_written():
    found = one(text().replace('"y"', "\"y = '\\ud83d'\""))
    assert sources(found)[2] == "y = '?'"
    assert sources(one(text().replace('"y"', '"\\ud83d\\ude00"')))[2] == "😀"


def test_what_follows_the_end_does_not_count():
    found = one(text() + text()[-30:])
    assert found.notebook == notebook()
    assert found.flags == ["What follows the notebook's end in the file doesn't count."]
    assert one(text() + "\n\0\0\0").flags == []


def cut(data, whole, at):
    """How many cells are found of a file cut off at a place: those that are whole before it."""
    found, reason = tried(data[:at])
    if not found:
        assert "download it again" in reason or "is empty" in reason
        return 0
    cells = found[0].notebook.cells
    assert cells == whole.cells[: len(cells)]
    if len(data[:at].rstrip()) < len(data.rstrip()):
        assert f"after cell {len(cells)}: the rest is lost" in found[0].flags[-1]
        assert len(found[0].flags) == 1
        assert found[0].damage.startswith("The file is broken, not valid JSON (line ")
    return len(cells)


def test_a_file_cut_anywhere_gives_its_whole_cells():
    data, whole = text().encode(), notebook()
    counts = [cut(data, whole, at) for at in range(len(data) + 1)]
    assert counts == sorted(counts)
    assert set(counts) == {0, 1, 2, 3}
    ends = [data.index(b'"cell_type": "code"'), data.rindex(b'"cell_type": "code"')]
    assert [counts[end] for end in ends] == [1, 2]


def test_a_lab_cut_anywhere_gives_its_whole_cells():
    data = LAB.read_bytes()
    whole = nbformat.reads(data.decode(), as_version=4)
    counts = [cut(data, whole, at) for at in range(0, len(data), 211)]
    assert counts == sorted(counts)
    assert counts[-1] == len(whole.cells)


@settings(deadline=None, derandomize=True, max_examples=60)
@given(at=st.integers(0), junk=st.binary(min_size=1, max_size=6))
def test_bytes_changed_anywhere_give_cells_or_a_sentence(at, junk):
    data = text().encode()
    at %= len(data)
    found, reason = tried(data[:at] + junk + data[at + len(junk) :])
    assert found or "submit" in reason
    for one_side in found:
        nbformat.validate(one_side.notebook)


KEYS = st.sampled_from(
    [
        *("cells", "worksheets", "metadata", "nbformat", "cell_type", "source", "input", "outputs"),
        *("output_type", "data", "text", "id", "nbgrader", "grade_id", "kernelspec", "language"),
    ]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(KEYS | st.text(), inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(deadline=None, derandomize=True, max_examples=150)
@given(
    cells=st.lists(JSON, max_size=3), metadata=JSON, key=st.sampled_from(["cells", "worksheets"])
)
def test_any_json_in_a_notebooks_place_is_made_valid_or_refused(cells, metadata, key):
    content = {key: cells, "metadata": metadata, "nbformat": 3 if key == "worksheets" else 4}
    found, reason = tried(json.dumps(content))
    assert found or "submit" in reason
    for one_side in found:
        nbformat.validate(one_side.notebook)
        nbformat.writes(one_side.notebook).encode()


def conflict(upper, lower, base=None):
    """A text with the two as sides of one conflict, as Git writes it."""
    middle = f"||||||| base\n{base}" if base is not None else ""
    return f"<<<<<<< HEAD\n{upper}{middle}=======\n{lower}>>>>>>> origin/main\n"


@pytest.mark.parametrize("base", [None, '    "was"\n'])
def test_both_sides_of_a_merge_are_found(base):
    marked = conflict('    "mine"\n', '    "theirs"\n', base)
    upper, lower = salvage(text().replace('    "y"\n', marked).encode())
    assert sources(upper)[2] == "mine"
    assert sources(lower)[2] == "theirs"
    assert sources(upper)[:2] == sources(lower)[:2] == [c.source for c in notebook().cells[:2]]
    (flag,) = upper.flags
    assert flag.endswith("only the upper sides count.")
    line = int(flag.split("line ")[1].split(")")[0])
    assert text().replace('    "y"\n', marked).split("\n")[line - 1] == "<<<<<<< HEAD"


def test_only_a_side_that_is_a_notebook_counts():
    marked = conflict('    "mine",\n', '    "theirs"\n')
    found = one(text().replace('    "y"\n', marked))
    assert sources(found)[2] == "theirs"
    assert found.flags[0].endswith("only the lower sides count.")


def test_a_merge_without_a_sound_side_says_where_it_begins():
    marked = conflict('    "mine",\n', '    "theirs",\n')
    with pytest.raises(Unreadable, match=r"merge conflicts \(line \d+, <<<<<<<\): resolve them"):
        salvage(text().replace('    "y"\n', marked).encode())


@pytest.mark.parametrize("version", [2, 3])
def test_old_formats_are_upgraded(version):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        old = nbformat.convert(notebook(), 3)
        if version == 2:
            old = nbformat.v3.convert.downgrade(old)
            old.nbformat = 2
        found = one(json.dumps(old))
    assert sources(found)[1:] == ["x = 'ä'\nx", "y"]
    assert sources(found)[0].strip() == "# Ünder"
    assert found.flags == ["The notebook was in a format from before 2015 and is upgraded."]
    again = one(json.dumps(old))
    assert again.notebook == found.notebook  # no random ids
