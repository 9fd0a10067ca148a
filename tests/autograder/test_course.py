"""An instructor's own nbgrader course, not one of these labs, graded by the engine."""

import os
import shutil
import subprocess
from pathlib import Path
from tempfile import mkdtemp

import pytest
from nbformat.v4 import new_code_cell, new_notebook
from nbgrader.converters import GenerateFeedback

from autograder import UsageError
from autograder.__main__ import main
from autograder.build import write
from autograder.engine.cage import NoIsolation
from autograder.record import Recorder
from tests.autograder.problem_set import PS, RIGHT, TEST, Class, cell, source


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """Three students, graded once."""
    course = Class(tmp_path_factory.mktemp("class"))
    course.submit("ann", **RIGHT)
    course.submit("ben", squares="def squares(n):\n    return [0, 1, 4]", mean="mean = max")
    course.submit("eve", squares="def squares(n):\n    while True: pass", **{"mean": RIGHT["mean"]})
    course.results = course.grade(seconds=2)
    return course


def test_marks_are_in_the_results_and_in_nbgraders_gradebook(course):
    ann, ben, eve = (course.results[name] for name in ("ann", "ben", "eve"))
    assert ann.scores == {"test_squares": 2, "test_mean": 1.5, "why": 0}
    assert ann.by_hand == ("why",)
    assert (ben.scores, ben.by_hand) == ({"test_squares": 0, "test_mean": 0.5, "why": 0}, ())
    assert ben.failures["test_squares"] == "wrong further on"
    assert ben.failures["why"] == "No response."
    assert eve.scores == {"test_squares": 0, "test_mean": 1.5, "why": 0}
    assert "more than 2 seconds of CPU time" in eve.failures["test_squares"]
    assert ann.forgeable == ()
    with course.book() as book:
        scores = {name: book.find_submission(PS, name).score for name in ("ann", "ben", "eve")}
        waiting = [s.student_id for s in book.assignment_submissions(PS) if s.needs_manual_grade]
    assert scores == {"ann": 3.5, "ben": 0.5, "eve": 1.5}
    assert waiting == ["ann"]


def test_the_autograded_notebook_shows_what_a_student_would_have_seen(course):
    cells = {c.metadata.nbgrader.grade_id: c for c in course.autograded("ann").cells if c.metadata}
    assert cells["test_mean"].outputs[-1].data["text/plain"] == "1.5"
    cells = {c.metadata.nbgrader.grade_id: c for c in course.autograded("ben").cells if c.metadata}
    assert cells["test_squares"].outputs[0].evalue == "wrong further on"
    assert "HIDDEN TESTS" in cells["test_squares"].source


def test_feedback_is_nbgraders_own(course):
    GenerateFeedback(coursedir=course.directory(), config=course.config()).start()
    feedback = (course.root / "feedback/ben" / PS / f"{PS}.html").read_text()
    assert "wrong further on" in feedback


def test_nothing_is_written_into_submissions(course):
    files = {p.name for p in (course.root / "submitted").rglob("*") if p.is_file()}
    assert files == {f"{PS}.ipynb"}


def test_unchanged_work_is_not_run_again_and_marks_by_hand_stay(tmp_path, monkeypatch):
    course = Class(tmp_path)
    course.submit("ann", **RIGHT)
    first = course.grade()
    with course.book() as book:
        grade = book.find_grade("why", PS, PS, "ann")
        grade.manual_score, grade.needs_manual_grade = 3, False
        book.db.commit()
    monkeypatch.setattr("autograder.engine.pool.Nursery", None)  # nothing can be run
    before = (tmp_path / "autograded/ann" / PS / f"{PS}.ipynb").stat().st_mtime_ns
    assert course.grade()["ann"].scores == first["ann"].scores
    assert (tmp_path / "autograded/ann" / PS / f"{PS}.ipynb").stat().st_mtime_ns == before
    with course.book() as book:
        assert book.find_submission(PS, "ann").score == 6.5
    monkeypatch.undo()
    assert course.grade(force=True)["ann"].scores == first["ann"].scores
    with course.book() as book:
        assert book.find_submission(PS, "ann").score == 6.5


def test_changed_work_is_graded_anew_and_one_student_can_be_chosen(tmp_path):
    course = Class(tmp_path)
    for name in ("ann", "ben"):
        course.submit(name, **RIGHT)
    course.grade()
    for name in ("ann", "ben"):
        course.submit(name, **RIGHT | {"squares": "squares = 1"})
    assert course.grade(students=["ben"])["ben"].total == 1.5
    with course.book() as book:
        assert book.find_submission(PS, "ann").score == 3.5
    with pytest.raises(UsageError, match="'zoe' has submitted no ps1; 2 there: ann, ben"):
        course.grade(students=["zoe"])


def test_tests_that_cannot_be_judged_run_in_the_box_and_say_so(tmp_path):
    notebook = source()
    notebook.cells[
        3
    ].source = "global_limit = globals()['squares']\nassert global_limit(2) == [0, 1]"
    course = Class(tmp_path, notebook)
    course.submit("ann", **RIGHT)
    course.submit("eve", squares="squares = 1", mean=RIGHT["mean"])
    results = course.grade()
    assert results["ann"].scores["test_squares"] == 2
    assert results["eve"].scores == {"test_squares": 0, "test_mean": 1.5, "why": 0}
    assert results["ann"].forgeable == ("test_squares",)
    first = course.autograded("ann").cells[0].source
    assert "these marks can be forged" in first


def test_a_test_that_the_solution_fails_in_the_judge_runs_in_the_box(tmp_path):
    """A stand-in isn't a function to the inspecting eye; no static rule tells it all."""
    notebook = source()
    notebook.cells[3].source = "kind = type(squares).__name__\nassert kind == 'function', kind"
    course = Class(tmp_path, notebook)
    course.submit("ann", **RIGHT)
    course.submit("eve", squares="squares = 1", mean=RIGHT["mean"])
    results = course.grade()
    assert [results[n].scores["test_squares"] for n in ("ann", "eve")] == [2, 0]
    assert results["ann"].forgeable == ("test_squares",)


def test_files_of_the_course_and_of_the_student_are_there(tmp_path):
    notebook = source()
    notebook.cells[1].source += "\nhere = open('data.txt').read()"  # made in the judge, too
    notebook.cells[3].source = "assert (here, squares()) == ('A', 'AB'), (here, squares())"
    course = Class(tmp_path, notebook, {"data.txt": "A"})
    reads = "def squares():\n    return open('data.txt').read() + open('mine.txt').read()"
    files = {"data.txt": "forged", "mine.txt": "B"}
    folder = course.submit("ann", files, **RIGHT | {"squares": reads})
    (folder / "link.txt").symlink_to("/etc/passwd")
    result = course.grade()["ann"]
    assert result.scores["test_squares"] == 2
    assert "left out, a link: link.txt" in result.flags


def test_a_run_that_differs_is_flagged(tmp_path):
    course = Class(tmp_path)
    lucky = "import os\ndef squares(n):\n    return [i * i for i in range(n)]"
    lucky += " * (os.getrandom(1)[0] % 2)"
    for i in range(12):  # that all of them come out alike has a chance of 2^-12
        course.submit(f"s{i}", **RIGHT | {"squares": f"# {i}\n{lucky}"})
    course.submit("ann", **RIGHT)
    results = course.grade(twice=True)
    flagged = [n for n, r in results.items() if any("differs on a second" in f for f in r.flags)]
    assert flagged
    assert "ann" not in flagged


def test_without_isolation_is_refused_or_said(tmp_path, monkeypatch):
    course = Class(tmp_path)
    course.submit("ann", **RIGHT)

    def refuse(*args):
        raise NoIsolation("This machine can't hold untrusted code: do that.")

    with monkeypatch.context() as context:
        context.setattr("autograder.engine.pool.Nursery", refuse)
        with pytest.raises(NoIsolation, match="do that"):
            course.grade()
    result = course.grade(isolation="none")["ann"]
    assert result.total == 3.5
    assert any("without isolation" in flag for flag in result.flags)
    assert "without isolation" in course.autograded("ann").cells[0].source


def test_command_line(tmp_path, capsys):
    course = Class(tmp_path / "class")
    course.submit("ann", **RIGHT)
    there = ["grade", PS, "--course", str(course.root)]
    assert main([*there, "--out", str(tmp_path / "out")]) == 0
    printed = capsys.readouterr().out
    assert "ann" in printed
    assert "3.5" in printed
    assert "ann" in (tmp_path / "out/grades.csv").read_text()
    wrong = {
        ("grade", "ps9", "--course", str(course.root)): "No assignment 'ps9'",
        ("grade", PS, "--course", str(tmp_path / "gone")): "No folder",
        (*there, "--jobs", "0"): "--jobs 0",
        (*there, "--seconds", "-1"): "--seconds -1",
        (*there, "--memory", "1"): "--memory 1",
        (*there, "--db", "nonsense://x"): "nonsense",
        (*there, "--force", "--scheduler", "tcp://127.0.0.1:9"): "without TLS can run code as you",
        (*there, "--force", "--student", "bob"): "'bob' has submitted no ps1",
    }
    for arguments, sentence in wrong.items():
        assert main(list(arguments)) == 2, arguments
        (line,) = capsys.readouterr().err.splitlines()
        assert sentence in line


def test_an_old_format_and_a_footer_of_nbgraders(tmp_path):
    extra = cell(new_code_cell, "assert squares(1) == [0], 'none'", "extra", **TEST)
    notebook, footer = source(), new_notebook(cells=[extra])
    for made in (notebook, footer):
        made.nbformat_minor = 4  # no cell ids yet
        for one in made.cells:
            del one["id"]
    write(footer, tmp_path / "footer.ipynb")
    (tmp_path / "nbgrader_config.py").write_text(
        f"c = get_config()\nc.IncludeHeaderFooter.footer = {str(tmp_path / 'footer.ipynb')!r}\n"
    )
    course = Class(tmp_path, notebook)
    course.submit("ann", **RIGHT)
    course.submit("ben", extra="pass")
    results = course.grade()
    assert results["ann"].scores == {"test_squares": 2, "test_mean": 1.5, "why": 0, "extra": 1}
    assert results["ben"].scores["extra"] == 0


def test_a_gradebook_that_breaks_costs_that_student_only(tmp_path, monkeypatch):
    course = Class(tmp_path)
    for name in ("ann", "ben"):
        course.submit(name, **RIGHT)
    honest = Recorder.record

    def breaks(self, student, *rest):
        if student == "ann":
            raise OSError("disk full")
        return honest(self, student, *rest)

    monkeypatch.setattr(Recorder, "record", breaks)
    results = course.grade()
    assert results["ann"].error == "The marks couldn't be recorded: disk full"
    assert results["ben"].total == 3.5
    monkeypatch.undo()
    assert course.grade()["ann"].total == 3.5


POSTGRES = "/usr/lib/postgresql"


@pytest.fixture
def postgres():
    """The URL of a database server of our own."""
    pytest.importorskip("psycopg")
    found = sorted(Path(POSTGRES).glob("*/bin/initdb"))
    if not found:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("no PostgreSQL here")
    binaries, data = found[-1].parent, Path(mkdtemp())  # pytest's own folders are root's
    become = ["setpriv", "--reuid=nobody", "--clear-groups"] if os.geteuid() == 0 else []
    data.chmod(0o777)

    def run(*command):
        subprocess.run([*become, *command], check=True, capture_output=True, cwd=data)

    run(str(binaries / "initdb"), "-D", str(data / "db"), "-U", "grader", "-A", "trust")
    options = f"-k {data} -c listen_addresses="
    run(str(binaries / "pg_ctl"), "-D", str(data / "db"), "-o", options, "-w", "-l",
        str(data / "log"), "start")  # fmt: skip
    run(str(binaries / "createdb"), "-h", str(data), "-U", "grader", "grades")
    yield f"postgresql://grader@/grades?host={data}"
    run(str(binaries / "pg_ctl"), "-D", str(data / "db"), "-m", "immediate", "stop")
    shutil.rmtree(data)


def test_a_postgresql_gradebook(tmp_path, postgres):
    root = tmp_path / "class"
    root.mkdir()
    text = f"c = get_config()\nc.CourseDirectory.db_url = {postgres!r}\n"
    text += "c.CourseDirectory.course_id = 'physics'\n"  # nbgrader needs one there
    (root / "nbgrader_config.py").write_text(text)
    course = Class.__new__(Class)
    course.root, course.url = root, postgres
    write(source(), root / "source" / PS / f"{PS}.ipynb")
    course.generate()
    course.submit("ann", **RIGHT)
    course.submit("ben")
    totals = {name: result.total for name, result in course.grade().items()}
    assert totals == {"ann": 3.5, "ben": 0}
    with course.book() as book:
        assert book.find_submission(PS, "ann").score == 3.5
    assert not (root / "gradebook.db").exists()
