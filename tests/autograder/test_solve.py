"""The solved lab runs as a notebook and keeps its outputs, for instructors."""

import nbformat

from autograder.solve import solve


def test_solved_lab_is_run_and_written_with_outputs(tiny, tmp_path, capsys):
    assert solve(tiny.source, tmp_path) is True
    notebook = nbformat.read(tmp_path / f"{tiny.lab}.ipynb", as_version=4)
    cells = {cell.id: cell for cell in notebook.cells}
    assert cells["explore_sweep"].outputs[0].text == "the grader ran this\n"
    assert "### BEGIN" not in str([cell.source for cell in notebook.cells])
    assert "secret = 21" in cells["tests_double"].source
    assert f"{tiny.lab}: " in capsys.readouterr().out


def test_a_failing_cell_is_told_and_the_notebook_kept(tiny, tmp_path, capsys):
    broken = tmp_path / tiny.source.name
    broken.write_text(tiny.text.replace("return 3 * x", "return 4 * x"), encoding="utf-8")
    assert solve(broken, tmp_path) is False
    assert "a cell failed: AssertionError: expected 6" in capsys.readouterr().out
    assert (tmp_path / f"{tiny.lab}.ipynb").exists()
