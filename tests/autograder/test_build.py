"""Lab sources become notebooks, the same bytes each time, or are refused with file and line."""

import json
import re
import subprocess
import sys

import nbformat
import pytest
from nbgrader.nbgraderformat import MetadataValidator

from autograder import ROOT, SOLUTIONS
from autograder.__main__ import main
from autograder.build import expand, read_source, stale

LABS = sorted(path.stem for path in SOLUTIONS.glob("lab*.py"))


def cell(notebook, cell_id):
    return next(c for c in notebook.cells if c.id == cell_id)


@pytest.fixture(scope="session")
def released(tiny):
    return nbformat.read(tiny.release, as_version=4)


def test_release_is_valid_for_jupyter_and_nbgrader(released):
    nbformat.validate(released)
    MetadataValidator().validate_nb(released)


@pytest.mark.parametrize(
    ("cell_id", "expected"),
    [
        ("double", {"grade": False, "solution": True, "locked": False}),
        ("tests_double", {"grade": True, "solution": False, "locked": True, "points": 2}),
        ("answer_why", {"grade": True, "solution": True, "locked": False, "points": 3}),
        ("given_tools", {"grade": False, "solution": False, "locked": True}),
        ("explore_sweep", {"grade": False, "solution": False, "locked": True}),
    ],
)
def test_nbgrader_metadata(released, cell_id, expected):
    meta = cell(released, cell_id).metadata.nbgrader
    assert {key: meta.get(key) for key in expected} == expected
    assert meta.schema_version == 3
    assert meta.grade_id == cell_id
    assert meta.task is False
    assert "points" in expected or "points" not in meta


def test_students_may_edit_solutions_and_checkpoints_only(released):
    locked = {c.id for c in released.cells if c.metadata.get("editable") is False}
    assert locked == {"given_tools", "tests_double", "tests_triple", "explore_sweep"}
    assert "nbgrader" not in cell(released, "checkpoint_double").metadata


def test_own_metadata_survives_nbgrader(released):
    assert cell(released, "double").metadata.greenlab == {
        "role": "solution",
        "name": "double",
        "without": "math.floor",
    }
    assert cell(released, "checkpoint_double").metadata.greenlab.role == "checkpoint"


def test_no_solution_no_hidden_test_no_mark_scheme_is_released(tiny):
    text = tiny.release.read_text(encoding="utf-8")
    for secret in ("BEGIN", "teacher(x)  #", "secret", "The model answer", "One point a reason"):
        assert secret not in text, secret


def test_stubs_are_friendly_and_indented(released):
    stub = cell(released, "double").source
    assert '\n    raise NotImplementedError("Replace this line: write double")' in stub
    assert '"""Twice x."""' in stub
    assert cell(released, "answer_why").source == "*Your answer here.*"


def test_run_all_goes_on_after_a_test_that_fails(released):
    tags = {cell.id: cell.metadata.get("tags") for cell in released.cells}
    assert tags["tests_double"] == ["raises-exception"]
    assert tags["double"] is None


def test_facts_stand_below_the_heading(released):
    assert cell(released, "exercise_double").source.split("\n") == [
        "### Exercise 1: twice",
        "",
        "*2 points · about 3 minutes · difficulty ●○○*",
        "",
        "Write `double`.",
    ]
    assert (
        "*1 point · about 3 minutes · difficulty ●●○*" in cell(released, "exercise_triple").source
    )
    assert "*3 points · about 5 minutes · difficulty ●●●*" in cell(released, "exercise_why").source


def test_ids_are_legal_unique_and_of_their_own_cell_only(tiny, tmp_path):
    ids = [c.id for c in expand(read_source(tiny.source)).cells]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{1,64}", i) for i in ids)
    other = tmp_path / tiny.source.name
    other.write_text(tiny.text.replace("# # A tiny lab", "# # Another\n\n# %%\nextra = 1"))
    changed = [c.id for c in expand(read_source(other)).cells]
    assert changed[2:] == ids[1:]


def test_same_bytes_twice_in_another_process_folder_and_environment(tiny, tmp_path):
    program = (
        "import sys; from pathlib import Path; from autograder.build import build; "
        "build(Path(sys.argv[1]), Path(sys.argv[2]))"
    )
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "PYTHONHASHSEED": "7"}
    subprocess.run(
        [sys.executable, "-c", program, tiny.source, tmp_path],
        check=True,
        cwd=ROOT,
        env=environment,
    )
    rebuilt = tmp_path / "labs" / tiny.lab / f"{tiny.lab}.ipynb"
    assert rebuilt.read_bytes() == tiny.release.read_bytes()


def test_metadata_names_no_version(released):
    assert released.metadata.kernelspec.display_name == "Python 3 (ipykernel)"
    assert not re.search(r"\d\.\d+", json.dumps(released.metadata))


def test_stale_lab_is_found(tiny, tmp_path):
    assert not stale(tiny.source, tiny.root)
    assert stale(tiny.source, tmp_path)
    copy = tmp_path / "labs" / tiny.lab / f"{tiny.lab}.ipynb"
    copy.parent.mkdir(parents=True)
    copy.write_text(tiny.release.read_text(encoding="utf-8").replace("Twice x", "Two x"))
    assert stale(tiny.source, tmp_path)


@pytest.mark.parametrize("lab", LABS)
def test_labs_are_fresh(lab):
    assert not stale(SOLUTIONS / f"{lab}.py"), f"run `python -m autograder build {lab}`"


def test_every_lab_has_a_source():
    assert sorted(path.parent.name for path in (ROOT / "labs").glob("*/*.ipynb")) == LABS


BEGIN, END = "    ### BEGIN SOLUTION\n", "    ### END SOLUTION\n"
TOOLS, WHY = 'given="tools"', 'answer="why"'
# old text, new text, a text on the line at fault, what is said
REFUSALS = {
    "unknown key": (TOOLS, TOOLS + ' color="red"', TOOLS, "unknown key color"),
    "unquoted": (TOOLS, "given=tools", "given=", 'put the value in quotes: given="tools"'),
    "two roles": (TOOLS, TOOLS + ' explore="x"', TOOLS, "given and explore in one header"),
    "text in header": (TOOLS, TOOLS + " now", TOOLS, "can't read 'now'"),
    "bad name": (TOOLS, 'given="My tools"', "given=", "write a name like"),
    "bad path": ('"math.floor"\ndef', '"floor"\ndef', "without=", "write a name like"),
    "quoted points": ("points=2", 'points="2"', "points=", "write a whole number above 0"),
    "zero points": ("points=2", "points=0", "points=", "write a whole number above 0"),
    "negative points": ("points=2", "points=-1", "points=", "write a whole number above 0"),
    "no points": (" points=2", "", 'tests="double"', "tests needs points"),
    "answer, no points": (" points=3", "", WHY, "answer needs points"),
    "no minutes": (" minutes=5", "", 'exercise="why"', "exercise needs minutes"),
    "difficulty 4": ("difficulty=3", "difficulty=4", 'exercise="why"', "write 1, 2 or 3"),
    "stray key": (TOOLS, TOOLS + " points=1", TOOLS, "points goes only with tests or answer"),
    "code as markdown": (f"%% {TOOLS}", f"%% [markdown] {TOOLS}", TOOLS, "belongs on a code cell"),
    "markdown as code": (f"[markdown] {WHY}", WHY, WHY, "answer belongs on a markdown cell"),
    "key twice": ("points=2", "points=2 points=3", "points=2", "points stands twice"),
    "duplicate": ('explore="sweep"', f"{TOOLS} ", f"{TOOLS} ", "is taken by line 4"),
    "same id": ('"triple"\ndef', '"tests_double"\ndef', '"tests_double"', "is taken by line"),
    "tests, no solution": ('solution="triple"', 'given="t"', 'tests="triple"', "no cell solution"),
    "solution, no tests": ('tests="triple" points=1', "", 'solution="triple"', "no cell tests"),
    "tests, no exercise": ('exercise="double"', 'exercise="two"', 'tests="double"', "no cell # %%"),
    "exercise alone": ('exercise="double"', 'exercise="two"', 'exercise="two"', "nothing grades"),
    "answer, no exercise": ('exercise="why"', 'exercise="how"', WHY, "no cell # %% [markdown] ex"),
    "tests and answer": (WHY, 'answer="double"', 'answer="double"', "tests and an answer"),
    "end alone": (BEGIN, "", "### END SOLUTION", "without ### BEGIN SOLUTION above it"),
    "no region": (BEGIN + "    return 3 * x\n" + END, "    pass\n", '"triple"\ndef', "has no sol"),
    "answer, no region": ("# ### BEGIN SOLUTION\n", "", WHY, "has no solution regions"),
    "never closed": ("solution\n" + END, "solution\n", "### BEGIN SOLUTION", "is never closed"),
    "inexact": (
        "### BEGIN HIDDEN",
        "# BEGIN HIDDEN",
        "# BEGIN HIDDEN",
        "write the delimiter alone",
    ),
    "hidden, open": ("### END HIDDEN TESTS\n", "", "### BEGIN HIDDEN", "is never closed"),
    "hidden elsewhere": (
        "sweep = ",
        "### BEGIN HIDDEN TESTS\nx = ",
        "### BEGIN HIDDEN TESTS\nx",
        "belongs in a cell with the header",
    ),
    "scheme outside": (
        "# The model answer.",
        "# ### END SOLUTION",
        "=== BEGIN",
        "put === BEGIN MARK",
    ),
    "scheme, open": ("# === END MARK SCHEME ===\n", "", "=== BEGIN", "is never closed"),
    "own work": ("check.own_work(d", "print(d", 'tests="double"', "call check.own_work("),
    "own work, hidden": (
        'check.own_work(double, "math.floor")\n',
        "### BEGIN HIDDEN TESTS\ncheck.own_work(double)\n### END HIDDEN TESTS\n",
        'tests="double"',
        "call check.own_work(",
    ),
    "syntax": ("sweep = [", "sweep = = [", "sweep = = [", "the code doesn't parse"),
    "empty cell": ("# # A tiny lab\n", "", "# %% [markdown]", "an empty Markdown cell"),
    "empty formula": ("# # A tiny lab", "# $$ $$", "# %% [markdown]", "an empty formula"),
    "open formula": ("# # A tiny lab", "# $$ x", "# %% [markdown]", "$$ is never closed"),
    "no heading": ("### Exercise 2: thrice", "Thrice", 'exercise="triple"', "begins with its head"),
    "other import": ("import floor", "import ceil", "import ceil", "# from math import floor"),
    "checkpoint runs": ("# Stuck?", "print()  # Stuck?", "# Stuck?", "comment this out"),
    "inside of what": ("points=2", 'points=2 inside="yes"', "inside=", 'write inside="true"'),
    "inside, hidden": (
        "points=2",
        'points=2 inside="true"',
        "### BEGIN HIDDEN",
        "hidden tests stay with the grader",
    ),
    "inside elsewhere": (TOOLS, TOOLS + ' inside="true"', TOOLS, "inside goes only with tests"),
    "unjudged": ("secret = 21", "globals()", "globals()", "does not see the student's names"),
    "unbound": ("secret = 21", "secret = sweep", "secret = sweep", "sweep is bound in none of"),
    "checkpoint's name": (
        'checkpoint="double"',
        'checkpoint="x"',
        "checkpoint=",
        "no cell solution",
    ),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_refusal_names_line_and_remedy(tiny, faults, case):
    old, new, anchor, message = REFUSALS[case]
    changed = tiny.text.replace(old, new)
    line = changed[: changed.index(anchor)].count("\n") + 1
    found = faults(old, new)
    assert any(f.startswith(f"{line}: ") and message in f for f in found), (line, found)


def test_a_test_may_ask_for_the_student_s_process(tiny, tmp_path):
    path = tmp_path / tiny.source.name
    text = tiny.text.replace("points=1", 'points=1 inside="true"')
    text = text.replace("import sys\n\nprint", "import sys\n\nglobals()\nprint")
    path.write_text(text, encoding="utf-8")
    meta = cell(expand(read_source(path)), "tests_triple").metadata
    assert meta.greenlab.inside is True
    assert "inside" not in cell(expand(read_source(tiny.source)), "tests_triple").metadata.greenlab


def test_all_faults_are_told_at_once_in_order(faults):
    found = faults("points=", "marks=")
    lines = [int(fault.split(":")[0]) for fault in found]
    assert len([fault for fault in found if "unknown key marks" in fault]) == 3
    assert lines == sorted(lines)


def test_graded_cell_may_not_read_what_only_an_explore_cell_binds(faults):
    given = '# %% given="late"\ndef late():\n    return sweep\n\n\n'
    why = '# %% [markdown] exercise="why"'
    (found,) = faults(why, given + why)
    assert "sweep comes from the explore cell of line" in found


def test_nor_through_a_plain_cell(faults):
    plain = 'best = max(sweep)\n\n# %% given="late"\nprint(best)\n\n# %%'
    found = faults('# %%\nprint("a plain cell")\n\n# %%', "# %%\n" + plain)
    assert any("best comes from the explore cell" in fault for fault in found)


def test_but_it_may_bind_the_name_itself_or_earlier(tiny, tmp_path):
    own = 'x = 1\n\n# %% given="late"\nsweep = [x]\nprint([y for y in sweep])\n\n# %%'
    path = tmp_path / tiny.source.name
    path.write_text(tiny.text.replace('print("a plain cell")\n\n# %%', own, 1), encoding="utf-8")
    assert read_source(path)


def test_cell_marker_inside_a_string_is_refused(faults):
    (found,) = faults("sweep = [", 's = """\n# %%\n"""\nsweep = [')
    assert "inside a string" in found


def test_text_before_the_first_cell_is_refused(faults):
    (found,) = faults("# %% [markdown]\n# # A tiny", "import os\n# %% [markdown]\n# # A tiny")
    assert found.startswith("1: ")
    assert "before the first cell" in found


def test_cli_refuses_an_unknown_lab_in_one_sentence(capsys):
    assert main(["build", "lab0_none"]) == 2
    assert capsys.readouterr().err.startswith("No lab 'lab0_none' in solutions/")
