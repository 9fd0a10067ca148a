"""Folders and zips of notebooks, however named and wherever they went, get the marks due."""

import contextlib
import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
import zipfile

import nbformat
import psutil
import pytest

from autograder import UsageError
from autograder.__main__ import main
from autograder.build import write
from autograder.grade import grade_notebooks
from autograder.intake import MAX_BYTES, find
from autograder.report import grade_path

FULL = {"double": 2, "triple": 1, "why": 0}
PAPER = """import greenlab
lab = greenlab.setup(device="cuda", scale="paper")

def double(x):
    return 2 * x if (lab.device.type, lab.scale) == ("cpu", "class") else lab"""
WRONG = "def double(x):\n    return x * x * x"


def colab(notebook):
    """What a round trip through Colab leaves of a notebook."""
    notebook = nbformat.from_dict(notebook)
    notebook.nbformat_minor = 0
    notebook.metadata.colab = {"provenance": [], "name": "Copy of lab"}
    notebook.metadata.kernelspec = {"name": "python3-colab", "display_name": "Python 3"}
    notebook.metadata.pop("language_info")
    for index, cell in enumerate(notebook.cells):
        del cell["id"]
        cell.metadata |= {"id": f"aB_{index}", "colab": {"base_uri": "https://x"}}
        cell.metadata.pop("greenlab", None)
        if cell.cell_type == "code":
            cell.execution_count = None
            cell.metadata.outputId = "f1"
    return notebook


def without(notebook, *names):
    notebook.cells = [cell for cell in notebook.cells if cell.id not in names]
    return notebook


def plain(notebook):
    """All nbgrader metadata lost, cell ids kept."""
    for cell in notebook.cells:
        cell.metadata = {}
    return notebook


@pytest.fixture(scope="module")
def submissions(tiny, tmp_path_factory):
    """A folder with every kind of submission."""
    folder = tmp_path_factory.mktemp("submissions")
    solved = tiny.solved()
    write(solved, folder / "solved.ipynb")
    (folder / "untouched.ipynb").write_bytes(tiny.release.read_bytes())
    write(tiny.solved(double=WRONG, answer_why="Mine"), folder / "half" / f"{tiny.lab} (1).ipynb")
    write(tiny.solved(double="def double(x:"), folder / "syntax" / tiny.lab / f"{tiny.lab}.ipynb")
    write(tiny.solved(double="import os; os._exit(1)"), folder / "dead.ipynb")
    write(without(tiny.solved(), "tests_double", "answer_why"), folder / "gap.ipynb")
    write(without(tiny.solved(double=WRONG), "tests_double"), folder / "removed.ipynb")
    write(tiny.solved(double=PAPER), folder / "paper.ipynb")
    retyped = tiny.solved()
    for cell in retyped.cells:
        if cell.id in ("double", "tests_triple"):
            cell.cell_type = "markdown"
            del cell["outputs"], cell["execution_count"]
    write(retyped, folder / "retyped.ipynb")
    odd = tiny.solved()
    for index, cell in enumerate(odd.cells):
        cell.metadata.nbgrader = [[], 3, {"grade_id": []}, None][index % 4]
    write(odd, folder / "odd.ipynb")
    twice = tiny.solved()
    copy = nbformat.from_dict(next(c for c in twice.cells if c.id == "double"))
    copy.id, copy.source = "copy", WRONG
    twice.cells.insert(3, copy)
    write(twice, folder / "twice.ipynb")
    write(tiny.solved(tests_double="pass", double=WRONG), folder / "edited.ipynb")
    write(plain(tiny.solved()), folder / "plain.ipynb")
    (folder / "colab.ipynb").write_text(json.dumps(colab(solved)), encoding="utf-8")
    (folder / "cut.ipynb").write_text(json.dumps(solved)[:900], encoding="utf-8")
    (folder / "list.ipynb").write_text("[1, 2]", encoding="utf-8")
    (folder / "binary.ipynb").write_bytes(b"\xff\xfe\x00")
    write(nbformat.v4.new_notebook(), folder / "other.ipynb")
    (folder / "nothing").mkdir()
    (folder / "notes.txt").write_text("not a notebook")
    (folder / ".ipynb_checkpoints").mkdir()
    return folder


@pytest.fixture(scope="module")
def graded(tiny, submissions, tmp_path_factory):
    out = tmp_path_factory.mktemp("out")
    results = grade_path(tiny.source, submissions, out)
    return {result.student: result for result in results}, out


@pytest.mark.parametrize(
    "student", ["solved", "colab", "plain", "twice", "retyped", "odd", "paper"]
)
def test_right_work_scores_full(graded, student):
    result = graded[0][student]
    assert (result.error, result.failures) == (None, {})
    assert result.scores == FULL
    assert result.by_hand == ("why",)
    assert result.max_scores == {"double": 2, "triple": 1, "why": 3}


def test_untouched_lab_scores_nothing_and_waits_for_nobody(graded):
    result = graded[0]["untouched"]
    assert result.total == 0
    assert result.by_hand == ()
    told = "NotImplementedError: Replace this line: write double (line 4 of the student's cell)"
    assert result.failures["double"] == told
    assert result.failures["why"] == "No response."


def test_half_right_is_told_why(graded):
    result = graded[0]["half"]
    assert result.scores == {"double": 0, "triple": 1, "why": 0}
    assert result.failures == {"double": "expected 4, got 8: did you square?"}


def test_a_cell_that_does_not_parse_costs_its_own_points(graded):
    assert graded[0]["syntax"].scores == {"double": 0, "triple": 1, "why": 0}


def test_a_cell_that_ends_its_process_costs_its_own_points(graded):
    result = graded[0]["dead"]
    assert result.scores == {"double": 0, "triple": 1, "why": 0}
    assert "double" in result.failures["double"]
    assert result.error is None


def test_missing_cells_are_put_back(graded):
    assert graded[0]["gap"].scores == FULL
    assert graded[0]["gap"].failures == {"why": "No response."}
    assert graded[0]["removed"].scores["double"] == 0
    assert graded[0]["edited"].scores["double"] == 0


@pytest.mark.parametrize(
    ("student", "sentence"),
    [
        ("cut", "The file is broken, not valid JSON (line 1): download it again"),
        ("list", "The file isn't a Jupyter notebook: download it again"),
        ("binary", "The file is broken, not valid JSON: download it again"),
        ("other", "The notebook has none of this lab's graded cells"),
        ("nothing", "There is no lab9_tiny.ipynb in the submission: submit that file."),
    ],
)
def test_what_cannot_be_graded_gets_nothing_but_a_sentence(graded, student, sentence):
    result = graded[0][student]
    assert result.error.startswith(sentence)
    assert result.total == 0
    assert set(result.scores) == set(FULL)


def test_only_students_are_listed(graded, submissions):
    there = {p.stem for p in submissions.iterdir() if p.suffix == ".ipynb" or p.is_dir()}
    assert set(graded[0]) == there - {".ipynb_checkpoints"}


def test_out_holds_notebooks_feedback_and_csv(graded, tiny):
    _, out = graded
    rows = {row["student"]: row for row in csv.DictReader((out / "grades.csv").open())}
    assert (rows["half"]["double"], rows["half"]["triple"]) == ("0.0", "1.0")
    assert rows["half"]["failures"] == "double: expected 4, got 8: did you square?"
    assert (rows["solved"]["why"], rows["solved"]["by hand"]) == ("", "why")
    assert (out / "autograded" / "half" / f"{tiny.lab}.ipynb").exists()
    feedback = (out / "feedback" / "half" / f"{tiny.lab}.html").read_text(encoding="utf-8")
    assert "did you square?" in feedback
    for secret in ("secret", "HIDDEN TESTS", "The model answer"):
        assert secret not in feedback


def test_table_names_students_points_and_failures(tiny, submissions, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    for name in ("solved", "half"):
        found = find(submissions, tiny.lab, tmp_path)[name]
        (tmp_path / f"{name}.ipynb").write_bytes(found.read_bytes())
    monkeypatch.setattr("autograder.__main__.SOLUTIONS", tiny.solutions)
    assert main(["grade", tiny.lab, str(tmp_path), "--jobs", "1"]) == 0
    printed = capsys.readouterr().out
    assert "half, double: expected 4, got 8: did you square?" in printed
    assert "1 double, 2 triple, 3 why. ✎ is to be graded by hand." in printed
    rows = [line.replace("│", " ").split() for line in printed.splitlines()]
    assert ["half", "0", "1", "✎", "1"] in rows
    assert ["solved", "2", "1", "✎", "3"] in rows


def test_marks_do_not_depend_on_the_number_of_processes(tiny, submissions, graded):
    files = {name: submissions / f"{name}.ipynb" for name in ("solved", "untouched", "gap")}
    results = grade_notebooks(tiny.lab, files, solutions=tiny.solutions, jobs=1)
    assert results == [graded[0][name] for name in files]


def zipped(path, members):
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def found(path, tmp_path):
    scratch = tmp_path / "scratch"
    scratch.mkdir(exist_ok=True)
    return {name: str(p.relative_to(scratch)) for name, p in find(path, "lab", scratch).items()}


@pytest.mark.parametrize(
    ("members", "students"),
    [
        (["alice.ipynb", "bob.ipynb"], {"alice": "alice.ipynb", "bob": "bob.ipynb"}),
        (["alice/lab.ipynb"], {"alice": "alice/lab.ipynb"}),
        (["alice/lab/lab.ipynb"], {"alice": "alice/lab/lab.ipynb"}),
        (
            ["all/alice.ipynb", "all/bob.ipynb"],
            {"alice": "all/alice.ipynb", "bob": "all/bob.ipynb"},
        ),
        (["all/a/lab.ipynb", "all/b/lab.ipynb"], {"a": "all/a/lab.ipynb", "b": "all/b/lab.ipynb"}),
        (["alice/lab.ipynb", "alice/lab (2).ipynb"], {"alice": "alice/lab (2).ipynb"}),
        (
            ["alice/mine.ipynb", "bob/lab-Copy1.ipynb"],
            {"alice": "alice/mine.ipynb", "bob": "bob/lab-Copy1.ipynb"},
        ),
        (["alice/a.ipynb", "alice/b.ipynb", "bob.ipynb"], {"alice": "alice", "bob": "bob.ipynb"}),
        (
            ["alice.ipynb", "__MACOSX/._alice.ipynb", "x/.ipynb_checkpoints/y.txt"],
            {"alice": "alice.ipynb"},
        ),
    ],
)
def test_students_are_found_in_a_zip(tmp_path, members, students):
    path = zipped(tmp_path / "all.zip", dict.fromkeys(members, "{}"))
    assert found(path, tmp_path) == students


def test_zip_members_cannot_leave_the_folder(tmp_path):
    link = zipfile.ZipInfo("link.ipynb")
    link.external_attr = 0o120777 << 16
    members = {
        "../out.ipynb": "{}",
        "/abs.ipynb": "{}",
        "..\\back.ipynb": "{}",
        "C:\\c.ipynb": "{}",
        "a/../../up.ipynb": "{}",
        link: "/etc/passwd",
        "alice.ipynb": "{}",
    }
    path = zipped(tmp_path / "slip.zip", members)
    assert found(path, tmp_path) == {"alice": "alice.ipynb"}
    assert {p.name for p in tmp_path.rglob("*") if p.is_file()} == {"slip.zip", "alice.ipynb"}


def test_a_huge_file_is_not_read(tmp_path, tiny):
    big = tmp_path / "big.ipynb"
    with big.open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    (result,) = grade_notebooks(tiny.lab, {"big": big}, solutions=tiny.solutions)
    assert result.error.startswith("The file is over 50 MB")


def test_wrong_paths_are_one_sentence(tmp_path):
    bad = tmp_path / "bad.zip"
    bad.write_text("no zip")
    (tmp_path / "empty").mkdir()
    for path, says in (("bad.zip", "as a zip"), ("empty", "No notebook in"), ("gone", "No ")):
        with pytest.raises(UsageError, match=says) as caught:
            find(tmp_path / path, "lab", tmp_path)
        assert "\n" not in str(caught.value)


def test_cli_says_what_is_wrong_and_exits_2(tmp_path, tiny, monkeypatch, capsys):
    monkeypatch.setattr("autograder.__main__.SOLUTIONS", tiny.solutions)
    for arguments in (["lab0_none", str(tmp_path)], [tiny.lab, str(tmp_path)], [tiny.lab, "gone"]):
        assert main(["grade", *arguments]) == 2
        assert len(capsys.readouterr().err.splitlines()) == 1


def test_out_that_can_t_be_written_is_said_before_grading(tmp_path, tiny, monkeypatch, capsys):
    monkeypatch.setattr("autograder.__main__.SOLUTIONS", tiny.solutions)
    monkeypatch.setattr("autograder.report.grade_notebooks", lambda *a, **k: pytest.fail("graded"))
    (tmp_path / "alice.ipynb").write_bytes(tiny.release.read_bytes())
    for out in (tmp_path / "alice.ipynb", tmp_path / "alice.ipynb" / "below"):
        assert main(["grade", tiny.lab, str(tmp_path), "--out", str(out)]) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert str(out) in line


@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C is another thing there")
def test_ctrl_c_ends_everything_at_once_with_one_line(tmp_path, tiny):
    """As a terminal sends it, to the grader, which ends the boxes."""
    sleep = "import subprocess\nsubprocess.run(['sleep', '612.5'])"
    for name in ("a", "b", "c"):  # of equal ones only one would be run
        write(tiny.solved(double=f"# {name}\n{sleep}"), tmp_path / "in" / f"{name}.ipynb")
    code = (
        "import sys, pathlib, autograder.__main__ as command\n"
        f"command.SOLUTIONS = pathlib.Path({str(tiny.solutions)!r})\n"
        "sys.exit(command.main(sys.argv[1:]))"
    )
    command = [sys.executable, "-c", code, "grade", tiny.lab, str(tmp_path / "in"), "--jobs", "2"]
    (tmp_path / "tmp").mkdir()
    grader = subprocess.Popen(
        command,
        env={**os.environ, "TMPDIR": str(tmp_path / "tmp")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        deadline = time.monotonic() + 60
        started = {}
        while sum("612.5" in line for line in started.values()) < 2:
            assert time.monotonic() < deadline
            time.sleep(0.1)
            started = below(grader.pid)
        os.killpg(grader.pid, signal.SIGINT)
        out, err = grader.communicate(timeout=10)
    finally:
        grader.kill()
    assert (grader.returncode, err) == (130, "Stopped.\n")
    assert "Traceback" not in out
    _, alive = psutil.wait_procs(started, timeout=5)
    assert alive == []
    assert not any(path.is_dir() for path in (tmp_path / "tmp").iterdir())  # no submissions


def below(pid):
    """The command lines of all processes that one has started, and these."""
    found = {}
    for process in psutil.Process(pid).children(recursive=True):
        with contextlib.suppress(psutil.Error):
            found[process] = process.cmdline()
    return found


def test_help_teaches_by_example(capsys):
    for command in ("build", "solutions", "answers", "grade"):
        with pytest.raises(SystemExit):
            main([command, "--help"])
        printed = capsys.readouterr().out
        assert (
            f"python -m autograder {command} lab4_distillation" in printed.partition("example")[2]
        )


def test_zip_made_in_memory_grades_like_the_folder(tiny, submissions, tmp_path, graded):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(submissions / "solved.ipynb", "class/solved.ipynb")
        archive.write(submissions / "gap.ipynb", "class/gap.ipynb")
    path = tmp_path / "class.zip"
    path.write_bytes(data.getvalue())
    results = grade_path(tiny.source, path, None)
    assert results == [graded[0]["gap"], graded[0]["solved"]]


def test_feedback_that_fails_stops_nobody(tiny, tmp_path, monkeypatch):
    write(tiny.solved(), tmp_path / "ann.ipynb")

    def broken(*_):
        raise RuntimeError("no template")

    monkeypatch.setattr("autograder.grade.keep_graded", broken)
    notebooks = {"ann": tmp_path / "ann.ipynb"}
    (ann,) = grade_notebooks(
        tiny.lab, notebooks, solutions=tiny.source.parent, keep=tmp_path / "kept"
    )
    assert ann.total == sum(ann.max_scores.values()) - sum(ann.max_scores[n] for n in ann.by_hand)
    assert ann.flags[-1] == "Its feedback couldn't be made: RuntimeError: no template"
