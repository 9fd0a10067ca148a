"""Spoilt notebooks get the course's cells back, and lose nothing that the student wrote."""

from collections import Counter
from pathlib import Path

import nbformat
import nbgrader
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nbformat import from_dict
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from nbgrader.nbgraderformat import MetadataValidator
from nbgrader.utils import determine_grade, is_locked

from autograder.build import expand, read_source
from autograder.mend import answered, is_telling, mend
from autograder.recognize import Original, as_given
from autograder.sound import Unreadable, as_notebook

GUIDE = Path(nbgrader.__file__).parent / "docs/source/user_guide"  # a course of nbgrader's own
OLD = Path(nbgrader.__file__).parent / "tests/apps/files"
MINE = "def double(x):\n    return x + x"


def read(path):
    return nbformat.read(path, as_version=4)


class Lab:
    """A notebook of an assignment and what students get of it."""

    def __init__(self, source, release):
        self.source, self.release = source, release
        self.original = Original(source, release)
        self.cells = self.original.cells

    def submission(self, **answers):
        """A fresh copy, with these texts in cells by name."""
        notebook, _ = as_notebook(self.release or self.original.source)
        for name, text in answers.items():
            cell(notebook, name).source = text
        return notebook

    def mend(self, notebook):
        """What `mend` makes of a notebook, valid to Jupyter and to nbgrader."""
        made = mend(notebook, self.original)
        nbformat.validate(made.notebook)
        MetadataValidator().validate_nb(made.notebook)
        return made


@pytest.fixture(scope="module")
def lab(tiny):
    return Lab(expand(read_source(tiny.source)), read(tiny.release))


@pytest.fixture(scope="module")
def guide():
    return Lab(*(read(GUIDE / step / "ps1/problem1.ipynb") for step in ("source", "release")))


def name(cell):
    return cell.metadata.get("nbgrader", {}).get("grade_id")


def cell(notebook, wanted):
    return next(c for c in notebook.cells if name(c) == wanted)


def at(notebook, wanted):
    return notebook.cells.index(cell(notebook, wanted))


def names(notebook):
    return [name(c) for c in notebook.cells if name(c)]


def texts(notebook):
    return [c.source for c in notebook.cells]


def own(notebook, *, before):
    """The texts of the student's own cells just before a named one."""
    index = at(notebook, before)
    start = max((i + 1 for i in range(index) if name(notebook.cells[i])), default=0)
    return texts(notebook)[start:index]


def anonymous(notebook, ids=False):
    """Without nbgrader's metadata; without the cells' ids, too."""
    for index, c in enumerate(notebook.cells):
        c.metadata = from_dict({})
        if not ids:
            c.id = f"x{index}"
    return notebook


def test_an_honest_submission_is_changed_only_in_locked_cells(lab):
    theirs = lab.submission(double=MINE, answer_why="Because.")
    cell(theirs, "explore_sweep").outputs = [new_output("stream", text="seen")]
    made = lab.mend(theirs)
    assert made.flags == ()
    assert names(made.notebook) == list(lab.cells)
    assert cell(made.notebook, "explore_sweep").outputs == [new_output("stream", text="seen")]
    test = cell(made.notebook, "tests_double")
    assert test.source == lab.cells["tests_double"].source
    assert "secret = 21" in test.source
    for mended, before in zip(made.notebook.cells, theirs.cells, strict=True):
        assert mended.id == before.id
        assert mended.source == before.source or is_locked(mended)


@pytest.mark.parametrize("release", [True, False])
@pytest.mark.parametrize("problem", ["problem1", "problem2"])
@pytest.mark.parametrize("student", ["hacker", "bitdiddle"])
def test_nbgraders_own_course(problem, student, release):
    source, given = (read(GUIDE / step / f"ps1/{problem}.ipynb") for step in ("source", "release"))
    theirs, _ = as_notebook(read(GUIDE / f"submitted/{student}/ps1/{problem}.ipynb"))
    made = Lab(source, given if release else None).mend(theirs)
    commented_out = (student, problem) == ("bitdiddle", "problem1")
    edited = (
        "Locked cells had been edited and are as given again: "
        "correct_squares, squares_invalid_input."
    )
    assert made.flags == ((edited,) if commented_out else ())
    graded = read(GUIDE / f"autograded/{student}/ps1/{problem}.ipynb")  # by nbgrader itself
    known = [(name(c), c.cell_type, c.source) for c in graded.cells if name(c)]
    assert known == [(name(c), c.cell_type, c.source) for c in made.notebook.cells if name(c)]
    assert len(made.notebook.cells) == len(theirs.cells)


@pytest.mark.parametrize("version", ["v0", "v1", "v2", ""])
def test_sources_of_every_nbgrader_schema(version):
    lab = Lab(read(OLD / f"test{'-' if version else ''}{version}.ipynb"), None)
    theirs = lab.submission()
    theirs.cells = [c for c in theirs.cells if name(c) != "correct_squares"]
    made = lab.mend(theirs)
    assert made.flags == ("Missing cells were put back: correct_squares.",)
    test = cell(made.notebook, "correct_squares")
    assert (test.metadata.nbgrader.schema_version, test.metadata.nbgrader.points) == (3, 1)
    assert names(made.notebook) == list(lab.cells)


def test_missing_tests_and_answers_are_put_back_in_their_place(lab):
    theirs = lab.submission(double=MINE)
    gone = ("given_tools", "tests_double", "answer_why", "explore_sweep")
    theirs.cells = [c for c in theirs.cells if name(c) not in gone]
    theirs.cells.insert(at(theirs, "double") + 1, new_code_cell("double(3)"))
    made = lab.mend(theirs)
    assert made.flags == (
        f"Missing cells were put back: {', '.join(sorted(gone, key=list(lab.cells).index))}.",
    )
    assert names(made.notebook) == list(lab.cells)
    assert own(made.notebook, before="tests_double") == ["double(3)"]
    assert own(made.notebook, before="given_tools") == ["# A tiny lab"]
    assert made.notebook.cells[-1].source == "*Your answer here.*"
    assert determine_grade(cell(made.notebook, "answer_why")) == (0, 3)


def test_a_test_comes_back_before_what_followed_it(lab):
    """So that a library's function, taken over after it, is not what it tests."""
    theirs = lab.submission(double=MINE)
    checkpoint = theirs.cells[at(theirs, "tests_double") + 1]
    checkpoint.source = "from math import floor as double"
    del theirs.cells[at(theirs, "tests_double")]
    made = lab.mend(theirs)
    index = at(made.notebook, "tests_double")
    assert texts(made.notebook)[index - 1] == MINE
    assert texts(made.notebook)[index + 1] == checkpoint.source


def test_a_missing_function_is_only_told(lab):
    theirs = lab.submission()
    del theirs.cells[at(theirs, "double")]
    made = lab.mend(theirs)
    assert made.flags == ("There is no cell with the answer: double.",)
    assert "double" not in names(made.notebook)


def test_edited_tests_are_restored_and_their_outputs_are_no_proof(lab):
    theirs = lab.submission(tests_double="pass", given_tools="def teacher(x):\n    return 7")
    made = lab.mend(theirs)
    assert made.flags == (
        "Locked cells had been edited and are as given again: given_tools, tests_double.",
    )
    for locked in ("tests_double", "given_tools"):
        assert cell(made.notebook, locked).source == lab.cells[locked].source
    assert "return 7" not in "".join(texts(made.notebook))


def test_space_at_the_ends_of_lines_is_no_edit(lab):
    theirs = lab.submission()
    for c in theirs.cells:
        c.source = c.source.replace("\n", "  \r\n") + "\n\n"
    made = lab.mend(theirs)
    assert made.flags == ()
    assert answered(made, lab.original) == 0


def test_the_text_of_an_earlier_release_is_no_edit(lab):
    source = from_dict(lab.source)
    cell(source, "tests_double").source += "\nassert double(3) == 6"
    now = Lab(source, None)
    made = now.mend(lab.submission())
    assert made.flags == ()
    assert cell(made.notebook, "tests_double").source.endswith("assert double(3) == 6")
    forged = lab.submission(tests_double="pass")
    assert "edited" in now.mend(forged).flags[0]


def test_without_a_release_nbgraders_delimiters_tell_what_was_given(guide):
    lab = Lab(guide.source, None)
    theirs = anonymous(guide.submission())
    assert [flag.split(":")[0] for flag in lab.mend(theirs).flags] == [
        "Cells had lost their names and were recognized"
    ]


def test_text_written_into_a_locked_question_is_kept(guide):
    task = "cell-938593c4a215c6cc"
    theirs = guide.submission()
    cell(theirs, task).source += "\n\nMy formula is $n$."
    made = guide.mend(theirs)
    index = at(made.notebook, task)
    assert texts(made.notebook)[index : index + 2] == [
        guide.cells[task].source,
        cell(theirs, task).source,
    ]
    assert made.flags == (
        f"Locked cells had been edited and are as given again: {task}.",
        f"What was written into locked text stands below it: {task}.",
    )


def copied(notebook, wanted, text, to):
    """Put a copy of a cell, with a text of its own, at a place."""
    copy = from_dict(cell(notebook, wanted))
    copy.id, copy.source = f"copy-{len(notebook.cells)}", text
    notebook.cells.insert(to, copy)


@pytest.mark.parametrize("untouched_last", [False, True])
def test_of_copies_of_an_answer_the_last_changed_one_counts(lab, untouched_last):
    theirs = lab.submission(double=MINE)
    stub = lab.submission()
    place = at(theirs, "double")
    if untouched_last:
        copied(theirs, "double", cell(stub, "double").source, place + 1)
    else:
        copied(theirs, "double", "def double(x):\n    return 'first try'", place)
    made = lab.mend(theirs)
    assert cell(made.notebook, "double").source == MINE
    assert names(made.notebook) == list(lab.cells)
    (flag,) = made.flags
    assert (
        flag == "Cells stood more than once, and of answers the last changed copy counts: double."
    )
    assert ("first try" in "".join(texts(made.notebook))) is not untouched_last
    assert "NotImplementedError" not in cell(made.notebook, "double").source
    # A stub left behind would undo the answer.
    assert not any(
        "write double" in text for text in texts(made.notebook)[at(made.notebook, "double") :]
    )


def test_of_copies_of_a_locked_cell_one_that_ran_counts(lab):
    theirs = lab.submission()
    given_text = cell(theirs, "explore_sweep").source
    cell(theirs, "explore_sweep").outputs = [new_output("stream", text="seen")]
    copied(theirs, "explore_sweep", given_text, len(theirs.cells))
    theirs.cells[-1].outputs = []
    copied(theirs, "explore_sweep", "sweep = 'mine'", 0)
    made = lab.mend(theirs)
    assert cell(made.notebook, "explore_sweep").outputs == [new_output("stream", text="seen")]
    assert texts(made.notebook).count(given_text) == 1
    assert texts(made.notebook)[0] == "sweep = 'mine'"
    assert name(made.notebook.cells[0]) is None
    assert len(made.flags) == 1


def test_of_copies_of_a_locked_cell_an_unchanged_one_counts(lab):
    theirs = lab.submission()
    copied(theirs, "given_tools", "teacher = None", len(theirs.cells))
    (flag,) = lab.mend(theirs).flags
    assert flag.startswith("Cells stood more than once")


def test_a_split_answer_runs_whole(lab):
    theirs = lab.submission(double="def double(x):\n    return half(4 * x)")
    copied(theirs, "double", "def half(x):\n    return x / 2", at(theirs, "double"))
    made = lab.mend(theirs)
    index = at(made.notebook, "double")
    assert texts(made.notebook)[index - 1] == "def half(x):\n    return x / 2"


def test_moved_cells_go_back_with_what_stands_below_them(lab):
    theirs = lab.submission(double=MINE, triple="def triple(x):\n    return 3 * x")
    theirs.cells.insert(at(theirs, "triple") + 1, new_code_cell("print(triple(2))"))
    block = [theirs.cells.pop(at(theirs, "triple")) for _ in range(1)]
    block.append(theirs.cells.pop(texts(theirs).index("print(triple(2))")))
    theirs.cells[1:1] = block
    made = lab.mend(theirs)
    assert names(made.notebook) == list(lab.cells)
    assert own(made.notebook, before="tests_triple") == ["print(triple(2))"]
    assert made.flags == ("Cells had been moved and are back in their places: triple.",)


def test_a_notebook_in_reverse_is_turned_round_again(lab):
    """Cells that nbgrader doesn't know, too: imports stand in such."""
    theirs = lab.submission(double=MINE)
    theirs.cells.insert(at(theirs, "double"), new_code_cell("helper = 1"))
    whole = lab.mend(theirs)
    theirs.cells.reverse()
    made = lab.mend(theirs)
    assert [flag.split(":")[0] for flag in made.flags] == [
        "Cells had been moved and are back in their places"
    ]
    turned = [text for text in texts(made.notebook) if text != "helper = 1"]
    assert turned == [text for text in texts(whole.notebook) if text != "helper = 1"]
    assert texts(made.notebook)[at(made.notebook, "double") + 1] == "helper = 1"


def test_cells_that_nbgrader_does_not_know_stay_where_they_were_moved(lab):
    theirs = lab.submission()
    theirs.cells.append(theirs.cells.pop(0))
    made = lab.mend(theirs)
    assert made.flags == ()
    assert [c.id for c in made.notebook.cells] == [c.id for c in theirs.cells]


def test_a_header_that_only_the_release_has_is_given_too(lab):
    release = from_dict(lab.release)
    release.cells.insert(0, new_code_cell("import math", id="header"))
    lab = Lab(lab.source, release)
    theirs = lab.submission()
    theirs.cells.reverse()
    assert texts(lab.mend(theirs).notebook)[0] == "import math"


def test_a_test_that_the_course_has_added_since_is_put_back(lab):
    release = from_dict(lab.release)
    del release.cells[at(release, "tests_triple")]
    made = Lab(lab.source, release).mend(Lab(lab.source, release).submission())
    assert made.flags == ("Missing cells were put back: tests_triple.",)
    assert names(made.notebook) == list(lab.cells)


def test_retyped_cells_are_set_right(lab):
    theirs = lab.submission(double=MINE, answer_why="Because.")
    for wanted in ("double", "tests_double"):
        index = at(theirs, wanted)
        old = theirs.cells[index]
        theirs.cells[index] = new_markdown_cell(old.source, id=old.id, metadata=old.metadata)
    index = at(theirs, "answer_why")
    old = theirs.cells[index]
    theirs.cells[index] = new_code_cell(old.source, id=old.id, metadata=old.metadata)
    made = lab.mend(theirs)
    assert made.flags == (
        "Cells of code had become text, or the reverse: double, tests_double, answer_why.",
    )
    found = {c: cell(made.notebook, c) for c in ("double", "tests_double", "answer_why")}
    assert [c.cell_type for c in found.values()] == ["code", "code", "markdown"]
    assert found["double"].source == MINE
    assert found["answer_why"].source == "Because."


def test_pictures_in_a_written_answer_stay(lab):
    theirs = lab.submission(answer_why="![](attachment:plot.png)")
    picture = {"plot.png": {"image/png": "iVBORw0KGgo="}}
    cell(theirs, "answer_why").attachments = picture
    assert cell(lab.mend(theirs).notebook, "answer_why").attachments == picture


def test_names_are_known_by_the_cells_ids(lab):
    theirs = anonymous(lab.submission(double=MINE, tests_double="pass"), ids=True)
    made = lab.mend(theirs)
    assert names(made.notebook) == list(lab.cells)
    assert cell(made.notebook, "double").source == MINE
    assert made.flags == (
        "Cells had lost their names and were recognized: given_tools, double, tests_double, "
        "triple, tests_triple, explore_sweep and 1 more.",
        "Locked cells had been edited and are as given again: tests_double.",
    )


def test_names_are_known_by_text_and_place_where_ids_are_lost_too(lab):
    theirs = lab.submission(double=MINE, answer_why="Because I say so.")
    theirs.cells.insert(at(theirs, "double"), new_code_cell("helper = 1"))
    theirs.cells.insert(at(theirs, "triple"), new_code_cell("other = 2"))
    theirs.cells.append(new_code_cell("third = 3"))
    theirs.cells.append(from_dict({**theirs.cells[at(theirs, "answer_why") - 1], "id": "again"}))
    made = lab.mend(anonymous(theirs))
    assert names(made.notebook) == list(lab.cells)
    assert cell(made.notebook, "double").source == MINE
    assert cell(made.notebook, "answer_why").source == "Because I say so."
    assert [flag.split(":")[0] for flag in made.flags] == [
        "Cells had lost their names and were recognized"
    ]
    assert texts(made.notebook) == [
        lab.cells[n].source if n and is_locked(lab.cells[n]) else text
        for n, text in zip([name(c) for c in made.notebook.cells], texts(theirs), strict=True)
    ]


def test_the_cells_id_counts_for_more_than_its_text(lab):
    theirs = lab.submission(double=MINE)
    theirs.cells.append(new_code_cell("def double(x):\n    return 'a game'"))
    made = lab.mend(anonymous(theirs, ids=True))
    assert cell(made.notebook, "double").source == MINE


def test_untouched_answers_of_one_text_are_told_apart_by_their_places():
    steps = (read(GUIDE / step / "ps1/problem2.ipynb") for step in ("source", "release"))
    lab = Lab(*steps)
    theirs = anonymous(lab.submission())
    made = lab.mend(theirs)
    assert made.flags == ("Cells had lost their names and were recognized: part-a, part-b.",)
    assert texts(made.notebook) == texts(theirs)


def made_lab(*cells, release=True):
    """A lab of code cells: by `name` and text, a name of a test in capitals; of no name, plain."""
    source = new_notebook()
    for wanted, text in cells:
        source.cells.append(new_code_cell(text, id=wanted or f"plain-{len(source.cells)}"))
        test = wanted.isupper()
        meta = {"grade_id": wanted, "grade": test, "solution": not test, "locked": test}
        meta |= {"schema_version": 3, "points": 1} if test else {"schema_version": 3}
        source.cells[-1].metadata = from_dict({"nbgrader": meta} if wanted else {})
    return Lab(source, as_given(source) if release else None)


def test_functions_of_one_first_line_are_told_apart_by_their_places():
    """And what a test that is put back tells of an answer's place, it tells at once."""
    body = "def f(x):\n    ### BEGIN SOLUTION\n    return 1\n    ### END SOLUTION"
    lab = made_lab(("a", body), ("A", "assert f(1) == 1"), ("b", body), ("B", "assert f(1) == 2"))
    theirs = anonymous(lab.submission(a="def f(x):\n    return 1", b="def f(x):\n    return 2"))
    made = lab.mend(theirs)
    assert cell(made.notebook, "a").source.endswith("1")
    assert cell(made.notebook, "b").source.endswith("2")
    assert names(made.notebook) == ["a", "A", "b", "B"]
    theirs.cells = [theirs.cells[0], theirs.cells[3]]
    made = lab.mend(theirs)
    assert names(made.notebook) == ["a", "A", "B"]
    assert lab.mend(made.notebook).notebook == made.notebook


def test_a_line_that_stands_often_does_not_lead_a_test_astray():
    rule = ("", "# ---")
    lab = made_lab(("a", "a = 1"), rule, ("A", "assert a"), ("b", "b = 1"), rule)
    theirs = lab.submission()
    del theirs.cells[at(theirs, "A")]
    made = lab.mend(theirs)
    assert [name(c) for c in made.notebook.cells] == ["a", None, "A", "b", None]


def test_what_the_course_shows_in_its_source_is_not_the_students(lab):
    source = from_dict(lab.source)
    cell(source, "explore_sweep").outputs = [new_output("stream", text="of the solution")]
    theirs = lab.submission()
    del theirs.cells[at(theirs, "explore_sweep")]
    made = Lab(source, lab.release).mend(theirs)
    assert cell(made.notebook, "explore_sweep").outputs == []


@pytest.mark.parametrize(
    ("text", "given_text"),
    [
        ("x = 1\n### BEGIN HIDDEN TESTS\nassert x\n### END HIDDEN TESTS\ny", "x = 1\ny"),
        ("x\n=== BEGIN MARK SCHEME ===\n1 point\n=== END MARK SCHEME ===", "x"),
        (
            "  ### BEGIN SOLUTION\nx\n### END SOLUTION",
            "  # YOUR CODE HERE\n  raise NotImplementedError()",
        ),
    ],
)
def test_without_a_release_delimiters_tell_what_was_given(text, given_text):
    lab = made_lab(("A", text), release=False)
    assert lab.original.given["A"].text == given_text


def test_a_place_that_two_cells_could_have_is_nobodys(guide):
    equation = "sum_of_squares_equation"
    theirs = guide.submission(**{equation: "$x$"})
    theirs.cells.insert(at(theirs, equation), new_markdown_cell("A note."))
    made = guide.mend(anonymous(theirs))
    assert f"Missing cells were put back: {equation}." in made.flags
    assert texts(made.notebook).count("$x$") == texts(made.notebook).count("A note.") == 1


def test_an_answer_merged_into_a_locked_cell_is_found(lab):
    theirs = lab.submission()
    host = cell(theirs, "given_tools")
    host.source += f"\n\n{MINE}"
    del theirs.cells[at(theirs, "double")]
    made = lab.mend(theirs)
    assert cell(made.notebook, "double").source == host.source
    assert cell(made.notebook, "given_tools").source == lab.cells["given_tools"].source
    assert names(made.notebook) == list(lab.cells)
    assert made.flags == (
        "Locked cells had been edited and are as given again: given_tools.",
        "Cells had lost their names and were recognized: double.",
    )


@pytest.mark.parametrize(
    "forged",
    [{"points": 100}, {"grade": False}, {"locked": False}, {"solution": True}, {"task": True}],
)
def test_marks_that_a_student_changes_do_not_count(lab, forged):
    theirs = lab.submission()
    cell(theirs, "tests_double").metadata.nbgrader |= forged
    made = lab.mend(theirs)
    assert made.flags == (
        "Points or other grading marks had been changed and don't count: tests_double.",
    )
    clean = lab.mend(lab.submission())
    assert cell(made.notebook, "tests_double") == cell(clean.notebook, "tests_double")


def test_a_cell_can_not_call_itself_what_it_is_not(lab):
    theirs = lab.submission()
    ours = from_dict(cell(theirs, "tests_double").metadata)
    ours.nbgrader |= {"grade_id": "tests_mine", "points": 50}
    theirs.cells.append(new_code_cell("pass", metadata=ours))
    made = lab.mend(theirs)
    assert not made.notebook.cells[-1].metadata.keys() & {"nbgrader", "greenlab"}


def test_ids_are_unique_and_those_of_the_course_are_its_own(lab):
    theirs = lab.submission()
    theirs.cells.append(new_code_cell("1", id="tests_double"))
    cell(theirs, "tests_double").id = "other"
    cell(theirs, "triple").id = "tests_double"
    made = lab.mend(theirs)
    ids = [c.id for c in made.notebook.cells]
    assert len(set(ids)) == len(ids)
    assert all(c.id == name(c) for c in made.notebook.cells if name(c))


@pytest.mark.parametrize("metadata", [[], 3, "x", {"grade_id": []}, {"grade_id": "gone"}, None])
def test_metadata_of_any_form_is_borne(lab, metadata):
    theirs = lab.submission(double=MINE)
    for c in theirs.cells:
        c.metadata = from_dict({"nbgrader": metadata, "greenlab": metadata})
    made = lab.mend(theirs)
    assert names(made.notebook) == list(lab.cells)
    assert cell(made.notebook, "double").source == MINE


@pytest.mark.parametrize(
    ("metadata", "flagged"),
    [
        ({}, False),
        ({"kernelspec": {"name": "venv", "display_name": "Mine"}}, False),
        ({"kernelspec": {"name": "p", "display_name": "p", "language": "Python"}}, False),
        ({"language_info": {"name": "ipython"}}, False),
        ({"kernelspec": {"name": "ir", "display_name": "R", "language": "R"}}, True),
        ({"language_info": {"name": "julia"}}, True),
    ],
)
def test_the_kernel_is_the_courses_and_another_language_is_told(lab, metadata, flagged):
    theirs = lab.submission()
    theirs.metadata = from_dict(metadata)
    made = lab.mend(theirs)
    assert made.notebook.metadata == lab.source.metadata
    assert len(made.flags) == flagged
    assert all("The notebook's kernel was for" in flag for flag in made.flags)


def test_another_labs_notebook_is_refused_even_with_the_same_setup(lab):
    theirs = lab.submission()
    theirs.cells = [c for c in theirs.cells if name(c) in (None, "given_tools")]
    with pytest.raises(Unreadable, match="none of this lab's graded cells"):
        lab.mend(theirs)


WORDS = st.text("abc =\n#", max_size=12)
PLACE = st.integers(0, 40)
DEEDS = st.lists(
    st.one_of(
        st.tuples(st.just("move"), PLACE, PLACE),
        st.tuples(st.just("copy"), PLACE, PLACE),
        st.tuples(st.just("drop"), PLACE, PLACE),
        st.tuples(st.just("write"), PLACE, WORDS),
        st.tuples(st.just("insert"), PLACE, WORDS),
        st.tuples(st.just("strip"), PLACE, st.booleans()),
        st.tuples(st.just("retype"), PLACE, st.sampled_from([new_code_cell, new_markdown_cell])),
    ),
    max_size=15,
)


def spoil(notebook, deeds):
    """Do to the cells what is said; each text written is another."""
    cells = notebook.cells
    for number, (deed, place, how) in enumerate(deeds):
        if not cells:
            break
        place %= len(cells)
        this = cells[place]
        if deed == "move":
            cells.insert(how % len(cells), cells.pop(place))
        elif deed == "copy":
            cells.insert(how % len(cells), from_dict({**this, "id": f"copy-{number}"}))
        elif deed == "drop":
            cells.pop(place)
        elif deed == "write":
            this.source = f"{how} written {number}"
        elif deed == "insert":
            cells.insert(place, new_code_cell(f"{how} written {number}", id=f"own-{number}"))
        elif deed == "strip":
            this.metadata = from_dict({})
            this.id = this.id if how else f"anew-{number}"
        else:
            cells[place] = how(this.source, id=this.id, metadata=this.metadata)
    return notebook


@settings(deadline=None, derandomize=True, max_examples=150)
@given(deeds=DEEDS, which=st.sampled_from(["lab", "guide"]))
def test_whatever_happens_the_course_is_back_and_no_answer_lost(lab, guide, deeds, which):
    this = {"lab": lab, "guide": guide}[which]
    answers = {
        n: f"def f_{i}(x):\n    return {i}"
        for i, n in enumerate(this.cells)
        if not is_locked(this.cells[n])
    }
    theirs = spoil(this.submission(**answers), deeds)
    before = from_dict(theirs)
    try:
        made = this.mend(theirs).notebook
    except Unreadable:
        assert not any(is_telling(n, this.original) for n in set(names(theirs)) & set(this.cells))
        return
    assert theirs == before

    found = names(made)
    assert found == [n for n in this.cells if n in found]
    for n, course in this.cells.items():
        if is_locked(course) or course.metadata.nbgrader.get("points") is not None:
            assert n in found
        if n in found:
            back = cell(made, n)
            assert back.cell_type == course.cell_type
            assert back.metadata.nbgrader == course.metadata.nbgrader
            assert not is_locked(course) or back.source == course.source

    kept = Counter(texts(made))
    for c in theirs.cells:
        locked = name(c) in this.cells and is_locked(this.cells[name(c)])
        by_id = c.id in this.original.ids and is_locked(this.cells[this.original.ids[c.id]])
        if ("written" in c.source or c.source in answers.values()) and not locked and not by_id:
            kept[c.source] -= 1
    assert min(kept.values()) >= 0

    assert this.mend(made).notebook == made
