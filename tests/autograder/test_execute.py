"""Long experiments aren't run when grading; no graded cell can hide behind one."""

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_output

from autograder.build import write
from autograder.execute import NOTE, inert, is_explore
from autograder.grade import grade_notebooks
from autograder.inert import harmless

EVIL = {
    "text/html": "<b>mine</b><script>alert(1)</script><img src=x onerror=alert(2)>"
    '<a href="javascript:alert(3)">x</a><table><tr><td style="color: red">1</td></tr></table>',
    "text/markdown": "**bold** <iframe src='//x'></iframe>",
    "image/svg+xml": "<svg onload='alert(4)'/>",
    "application/javascript": "alert(5)",
    "application/vnd.jupyter.widget-view+json": {"model_id": "1"},
    "image/png": "iVBORw0KGgo=",
    "text/plain": "mine",
}


TELLS = """def double(x):
    print("asked for", x)
    if x == 2:
        return 4
    raise type(f"It_was_{x}", (ValueError,), {})(f"it was {x}")"""


def cell(**nbgrader):
    meta = {"grade": False, "solution": False, "locked": True, "grade_id": "explore_x", **nbgrader}
    return new_code_cell("1", metadata={"nbgrader": meta})


def test_explore_is_known_by_nbgraders_metadata():
    assert is_explore(cell())
    assert not is_explore(new_code_cell("1", metadata={"greenlab": {"role": "explore"}}))


@pytest.mark.parametrize(
    "change",
    [
        {"grade": True},
        {"solution": True},
        {"task": True},
        {"locked": False},
        {"grade_id": "tests_x"},
        {"grade_id": None},
    ],
)
def test_graded_solution_and_open_cells_never_are(change):
    assert not is_explore(cell(**change))


def test_rich_outputs_are_made_inert():
    data = inert(new_output("display_data", EVIL)).data
    assert sorted(data) == ["image/png", "text/html", "text/markdown", "text/plain"]
    shown = data["text/html"] + data["text/markdown"]
    for active in ("<script", "onerror", "javascript:", "<iframe", "<img", "<a "):
        assert active not in shown
    assert "<b>mine</b>" in shown
    assert 'style="color: red;"' in shown
    assert inert(new_output("display_data", {"application/javascript": "alert(1)"})) is None


@pytest.mark.parametrize(
    ("more", "alt"),
    [({"text/plain": "<Figure with 1 Axes>"}, "<Figure with 1 Axes>"), ({}, "A figure.")],
)
def test_a_figure_has_words_for_who_cannot_see_it(more, alt):
    shown = inert(new_output("display_data", {"image/png": "iVBORw0KGgo=", **more}))
    assert shown.metadata == {"image/png": {"alt": alt}}


@pytest.fixture(scope="module")
def graded(tiny, tmp_path_factory):
    """The autograded notebooks of three students, and their results."""
    folder = tmp_path_factory.mktemp("execute")
    honest = tiny.solved()
    by_id = {c.id: c for c in honest.cells}
    by_id["explore_sweep"].outputs = [
        new_output("stream", name="stdout", text="my own run"),
        new_output("display_data", EVIL),
    ]
    write(honest, folder / "honest.ipynb")

    tagged = tiny.solved(double="def double(x):\n    return x")
    for c in tagged.cells:
        c.metadata.tags = ["skip-execution", "raises-exception"]
    write(tagged, folder / "tagged.ipynb")

    hiding = tiny.solved(double="def double(x):\n    return x", explore_sweep="print('cheat')")
    hidden = next(c for c in hiding.cells if c.id == "tests_double")
    hidden.id = "hidden"
    hidden.metadata.nbgrader |= {"grade_id": "explore_sweep", "grade": False}
    hidden.metadata.greenlab = {"role": "explore", "name": "sweep"}
    write(hiding, folder / "hiding.ipynb")

    write(tiny.solved(double=TELLS), folder / "tells.ipynb")
    files = {path.stem: path for path in folder.glob("*.ipynb")}
    results = grade_notebooks(tiny.lab, files, solutions=tiny.solutions, keep=folder / "out")
    notebooks = {
        name: nbformat.read(folder / "out/autograded" / name / f"{tiny.lab}.ipynb", as_version=4)
        for name in files
    }
    for name in files:
        feedback = folder / "out/feedback" / name / f"{tiny.lab}.html"
        notebooks[f"{name} feedback"] = feedback.read_text(encoding="utf-8")
    return {result.student: result for result in results}, notebooks


def test_students_own_outputs_stay_marked_and_inert(graded):
    sweep = next(c for c in graded[1]["honest"].cells if c.id == "explore_sweep")
    first, *rest = sweep.outputs
    assert first.data["text/plain"] == NOTE
    assert sweep.metadata.greenlab.student_output is True
    assert rest[0].text == "my own run"
    assert "<script" not in str(rest)
    assert "the grader ran this" not in str(sweep.outputs)


def test_a_line_on_stderr_is_no_failure(graded):
    assert graded[0]["honest"].scores["triple"] == 1


def test_tags_do_not_keep_a_test_from_running(graded):
    assert graded[0]["tagged"].scores["double"] == 0


def test_test_cell_disguised_as_explore_is_put_back_and_run(graded):
    result = graded[0]["hiding"]
    assert result.error is None
    assert result.scores["double"] == 0
    assert "expected 4, got 2" in result.failures["double"]
    assert result.scores["triple"] == 1


def test_feedback_holds_no_argument_of_a_hidden_test(graded):
    """The instructor sees what the student's code told; the student doesn't."""
    failure = graded[0]["tells"].failures["double"]
    assert "it was 21" in failure
    feedback = graded[1]["tells feedback"]
    for told in ("it was 21", "It_was_21", "asked for 21"):
        assert told not in feedback
    assert "its message could tell of a hidden test" in feedback


@pytest.mark.parametrize(
    ("markdown", "shown"),
    [
        ("a < b, `x <y`, $a<b$ and **c**", "a < b, `x &lt;y`, $a&lt;b$ and **c**"),
        ("<b>bold</b><br/>", "<b>bold</b><br/>"),
        ("<b onclick=x>", "&lt;b onclick=x>"),
        ("<script>f()</script>", "&lt;script>f()&lt;/script>"),
        ("<https://arxiv.org/abs/1>", "<https://arxiv.org/abs/1>"),
        ("[x](https://a.b) [y](#z) [z](a/b:c)", "[x](https://a.b) [y](#z) [z](a/b:c)"),
        ("[x](javascript:f)", "[x](#)"),
        ("[x](java\\script&#58;f) [x]: vbscript:f", "[x](#) [x]: #"),
        ("![i](data:image/png;base64,A) ![](data:,x)", "![i](data:image/png;base64,A) ![](#)"),
    ],
)
def test_a_student_s_markdown_runs_nothing(markdown, shown):
    assert harmless(markdown) == shown
    assert harmless(shown) == shown
