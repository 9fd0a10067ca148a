"""From a download of each system into the course, graded, and back into what it imports."""

import csv
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import zipfile
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook

from autograder import UsageError
from autograder.__main__ import main
from autograder.build import write
from autograder.intake import MAX_BYTES, unzip
from autograder.lms_autograder import make_zip
from autograder.lms_cli import zone
from autograder.nbgrader_config import settings

LAB = "lab9_tiny"
GRADES = """Student,ID,SIS User ID,SIS Login ID,Section,Lab 9 tiny (98765),Quiz (5),Current Score
,,,,,Manual Posting,,
    Points Possible,,,,,6,10,(read only)
"Doe, Jane",11,s1,jane,A,,3,
"Müller, Jörg",12,s2,joerg,A,,,
"=HYPERLINK(1), Eve",13,s3,eve,A,,,
"Idle, Ida",14,s4,ida,A,2.5,,
"Excused, Ed",15,s5,ed,A,EX,,
"Student, Test",99,,,A,,,
"""
WORKSHEET = """Identifier,Full name,Email address,Status,Grade,Maximum Grade,Grade can be changed,\
Last modified (submission),Last modified (grade),Feedback comments
Participant 21,Jane Doe,jane@uni.edu,Submitted for grading -  - ,,100.00,Yes,\
"Friday, 4 September 2026, 10:36 PM",-,- as it was
Participant 22,Jörg Müller,joerg@uni.edu,Submitted for grading - 2 hours late,,100.00,Yes,\
"Saturday, 5 September 2026, 1:05 AM",-,
Participant 23,"=HYPERLINK(1) Eve",eve@uni.edu,No submission,,100.00,Yes,-,-,
"""
METADATA = """submission_1:
  :submitters:
  - :name: Jane Doe
    :sid: jane
    :email: jane@uni.edu
  - :name: Eve E
    :sid: eve
    :email: eve@uni.edu
  :created_at: 2026-09-04 20:36:00.000000000 Z
submission_2:
  :submitters:
  - :name: Jörg Müller
    :sid: ''
    :email: JOERG@uni.edu
  :created_at: 2026-09-05 20:36:00.000000000 Z
"""
LIST = """id,first_name,last_name,email,lms_user_id
jane,Jane,Doe,jane@uni.edu,11
joerg,Jörg,Müller,joerg@uni.edu,12
eve,Eve,E,eve@uni.edu,13
"""


class Tools:
    """A course with the tiny lab and what each student made of it."""

    def __init__(self, root: Path, tiny, generated: Path):
        self.root, self.course = root, root / "course"
        shutil.copytree(generated, self.course)
        folder = root / "made"
        release = self.course / "release" / LAB / f"{LAB}.ipynb"
        given = nbformat.read(release, as_version=4)
        leaky = "def double(x):\n    if x != 2:\n        raise ValueError(f'saw {x}')\n    return 4"
        self.leak = folder / "leak.ipynb"
        for cell in given.cells:
            if cell.id == "double":
                cell.source = leaky
        write(given, self.leak)
        for cell in given.cells:
            if cell.id == "double":
                cell.source = "def double(x):\n    return 2 * x"
        self.right, self.half = folder / "right.ipynb", folder / "half.ipynb"
        write(tiny.solved(answer_why="Because."), self.right)  # its answer waits for a person
        write(given, self.half)

    def text(self, name: str, text: str) -> Path:
        path = self.root / name
        path.write_text(text, encoding="utf-8")
        return path

    def zip(self, members: dict[str, Path | str | bytes], name: str = "export.zip") -> Path:
        with zipfile.ZipFile(self.root / name, "w", zipfile.ZIP_DEFLATED) as archive:
            for member, content in members.items():
                archive.writestr(
                    member, content.read_bytes() if isinstance(content, Path) else content
                )
        return self.root / name

    def run(self, command: str, *arguments) -> int:
        return main([command, LAB, *map(str, arguments), "--course", str(self.course)])

    def submitted(self) -> dict[str, list[str]]:
        files = sorted(p for p in (self.course / "submitted").rglob("*") if p.is_file())
        found: dict[str, list[str]] = {}
        for path in files:
            student, _, file = path.relative_to(self.course / "submitted").parts[:3]
            found.setdefault(student, []).append(file)
        return found

    def notebook(self, student: str) -> bytes:
        return (self.course / "submitted" / student / LAB / f"{LAB}.ipynb").read_bytes()

    def rows(self, name: str) -> list[list[str]]:
        with (self.root / name).open(newline="", encoding="utf-8") as file:
            return list(csv.reader(file))

    def grade_by_hand(self, points: float) -> None:
        with Gradebook(f"sqlite:///{self.course / 'gradebook.db'}") as gradebook:
            for entry in gradebook.find_assignment(LAB).submissions:
                for grade in entry.notebooks[0].grades:
                    if grade.needs_manual_grade:
                        grade.manual_score, grade.needs_manual_grade = points, False
            gradebook.db.commit()


@pytest.fixture(scope="module")
def generated(tiny, tmp_path_factory):
    """A course folder of nbgrader's own layout with the tiny lab in its gradebook."""
    from autograder.build import expand, read_source
    from autograder.lms_autograder import make_course

    theirs = tmp_path_factory.mktemp("theirs")
    write(expand(read_source(tiny.source)), theirs / "source" / LAB / f"{LAB}.ipynb")
    course = tmp_path_factory.mktemp("generated") / "course"
    make_course(settings(theirs), LAB, course)
    return course


@pytest.fixture
def tools(tmp_path, tiny, generated):
    return Tools(tmp_path, tiny, generated)


def canvas_zip(tools):
    return tools.zip(
        {
            f"doejane_11_100_{LAB}.ipynb": tools.half,
            f"doejane_LATE_11_200_{LAB}-1.ipynb": tools.right,
            "doejane_LATE_11_201_timestamp.txt": "1999-01-01 00:00:00 UTC",
            f"müllerjörg_12_300_{LAB} (2).ipynb": tools.half,
            f"stranger_77_400_{LAB}.ipynb": tools.half,
            "idleida_14_text.html": "typed",
        }
    )


def test_canvas_there_and_back(tools, capsys):
    roster = tools.text("grades.csv", GRADES)
    assert tools.run("collect", canvas_zip(tools), "--roster", roster) == 1
    said = capsys.readouterr().out
    assert tools.submitted() == {"jane": [f"{LAB}.ipynb"], "joerg": [f"{LAB}.ipynb"]}
    assert tools.notebook("jane") == tools.right.read_bytes()
    assert f"jane ⚑ 2 attempts ({LAB}-1.ipynb, {LAB}.ipynb): {LAB}-1.ipynb, the newest" in said
    assert "jane ⚑ left out, as nbgrader would take it for the time: timestamp.txt" in said
    assert "jane ⚑ LATE, says Canvas, but not when: no points are taken off for it" in said
    assert "NOT COLLECTED stranger_77: nobody in grades.csv has this number" in said
    assert "left out idleida_14_text.html: was typed into Canvas, not uploaded" in said
    assert "3 handed in nothing: eve, ida, ed" in said

    before = {p: p.stat() for p in (tools.course / "submitted").rglob("*")}
    again = ["--match", "stranger_77=eve"]
    assert tools.run("collect", canvas_zip(tools), "--roster", roster, *again) == 0
    assert "3 students handed in on Canvas: 1 new, 2 unchanged." in capsys.readouterr().out
    for path, then in before.items():
        if path.is_file():
            assert (path.stat().st_ino, path.stat().st_mtime) == (then.st_ino, then.st_mtime)

    assert tools.run("grade") == 0
    capsys.readouterr()
    export = ("export", "canvas", "--roster", roster, "--out", tools.root / "import.csv")
    assert tools.run(*export) == 1
    said = capsys.readouterr().out
    assert "import.csv: 2 marks for canvas" in said
    assert "jane ⚑ not in it until someone has graded why" in said
    assert "3 without marks, left as they were" not in said
    assert "2 without marks, left as they were: ida, ed" in said
    header, manual, worth, *rows = tools.rows("import.csv")
    assert header == GRADES.split("\n")[0].split(",")[:6]
    assert manual == ["", "", "", "", "", "Manual Posting"]
    assert worth == ["    Points Possible", "", "", "", "", "6"]
    assert {row[1]: row[5] for row in rows} == {
        "11": "", "12": "2", "13": "2", "14": "2.5", "15": "EX", "99": "",
    }  # fmt: skip
    assert rows[2][0] == "'=HYPERLINK(1), Eve"

    assert tools.run(*export, "--partial") == 0
    assert "jane ⚑ so far, without why" in capsys.readouterr().out
    tools.grade_by_hand(2.5)
    assert tools.run(*export) == 0
    assert {row[1]: row[5] for row in tools.rows("import.csv")[3:5]} == {"11": "5.5", "12": "2"}
    # what was written is a roster of the same students
    assert tools.run("export", "canvas", "--roster", tools.root / "import.csv", "--out",
                     tools.root / "again.csv") == 0  # fmt: skip
    assert tools.rows("again.csv") == tools.rows("import.csv")


def test_moodle_there_and_back(tools, capsys):
    roster = tools.text("worksheet.csv", WORKSHEET)
    end = "_assignsubmission_file_"
    export = tools.zip(
        {
            f"Jane Doe_21{end}/{LAB}.ipynb": tools.right,
            f"Jane Doe_21{end}/data/table.csv": "1,2",
            f"Jörg Müller_22{end}/{LAB}.ipynb": tools.half,
            f"Group 9_23{end}/{LAB}.ipynb": tools.half,
        }
    )
    collect = ("collect", export, "--roster", roster)
    assert tools.run(*collect, "--timezone", "Europe/Vienna") == 1
    said = capsys.readouterr().out
    assert "NOT COLLECTED Group 9_23: has the number of eve@uni.edu" in said
    assert "joerg@uni.edu ⚑ LATE, says Moodle\n" in said
    folder = tools.course / "submitted"
    assert (folder / "jane@uni.edu" / LAB / "data/table.csv").read_text() == "1,2"
    stamp = (folder / "joerg@uni.edu" / LAB / "timestamp.txt").read_text()
    assert stamp == "2026-09-04 23:05:00.000000 UTC"
    assert tools.run("grade") == 0
    tools.grade_by_hand(3)
    out = tools.root / "graded.csv"
    back = ("export", "moodle", "--roster", roster, "--out", out)
    assert tools.run(*back) == 2
    assert "Grade is worth 100 there and 6 points here: set 6 there" in capsys.readouterr().err
    assert tools.run(*back, "--scale") == 0
    old, new = tools.rows("worksheet.csv"), tools.rows("graded.csv")
    assert [row[4] for row in new] == ["Grade", "100", "33.3333", ""]
    assert new[3][1] == "'=HYPERLINK(1) Eve"
    for before, after in zip(old[:3], new[:3], strict=True):
        assert before[:4] + before[5:] == after[:4] + after[5:]


def test_gradescope_there_and_back(tools, capsys):
    roster = tools.text("roster.csv", LIST)
    root = "assignment_5_export"
    export = tools.zip(
        {
            f"{root}/submission_metadata.yml": METADATA,
            f"{root}/submission_1/{LAB}.ipynb": tools.right,
            f"{root}/submission_2/{LAB}.ipynb": tools.leak,
        }
    )
    folder = tools.root / "unpacked"
    with zipfile.ZipFile(export) as archive:
        archive.extractall(folder)
    assert tools.run("collect", folder, "--roster", roster) == 0
    said = capsys.readouterr().out
    assert "eve ⚑ a group handed in submission_1" in said
    assert tools.notebook("jane") == tools.notebook("eve") == tools.right.read_bytes()
    assert tools.run("collect", export, "--roster", roster) == 0
    assert "3 unchanged" in capsys.readouterr().out
    stamp = tools.course / "submitted/joerg" / LAB / "timestamp.txt"
    assert stamp.read_text() == "2026-09-05 20:36:00.000000 UTC"
    assert tools.run("grade") == 0
    assert tools.run("export", "gradescope", "--out", tools.root / "results") == 0
    jane = json.loads((tools.root / "results/jane/results.json").read_text())
    joerg = json.loads((tools.root / "results/joerg/results.json").read_text())
    assert jane["score"] == 3
    assert "To be graded by a person, and not in this score yet: why (3 points)." in jane["output"]
    assert [(t["name"], t["score"], t["max_score"], t["output"]) for t in jane["tests"]] == [
        ("double", 2, 2, "Passed."),
        ("triple", 1, 1, "Passed."),
    ]
    assert {test["visibility"] for test in jane["tests"]} == {"visible"}
    double, triple, why = joerg["tests"]
    assert (joerg["score"], double["score"], triple["score"], why["score"]) == (0, 0, 0, 0)
    assert "NotImplementedError" in triple["output"]
    assert "its message could tell of a hidden test" in double["output"]
    assert "21" not in double["output"]

    assert tools.run("export", "csv", "--out", tools.root / "all.csv") == 0
    rows = tools.rows("all.csv")
    assert rows[0] == [
        "student", "name", "email", "double", "triple", "why", "late penalty", "score",
        "max score", "to be graded by hand",
    ]  # fmt: skip
    assert rows[2][3:] == ["2", "1", "", "0", "3", "6", "why"]


def test_a_newer_submission_replaces_an_older_one_and_never_the_other_way(tools, capsys):
    roster = tools.text("grades.csv", GRADES)

    def collect(*options, **members):
        name = next(iter(members))
        export = tools.zip({f"doejane_11_{name[1:]}_{LAB}.ipynb": members[name]})
        return tools.run("collect", export, "--roster", roster, *options), capsys.readouterr().out

    assert collect(n100=tools.half)[0] == 0
    code, said = collect(n200=tools.right)
    assert (code, tools.notebook("jane")) == (0, tools.right.read_bytes())
    kept = tools.course / ".greenlab/replaced" / LAB / "jane-1" / f"{LAB}.ipynb"
    assert str(kept.parent) in said
    assert kept.read_bytes() == tools.half.read_bytes()
    code, said = collect(n100=tools.half)
    assert (code, tools.notebook("jane")) == (0, tools.right.read_bytes())
    assert "jane ⚑ doejane_11 is older than what is there: that stays" in said

    shutil.rmtree(tools.course / ".greenlab")  # nothing says which is newer any more
    code, said = collect(n300=tools.half)
    assert (code, tools.notebook("jane")) == (1, tools.right.read_bytes())
    assert "to replace it by doejane_11 add --replace" in said
    assert collect("--replace", n300=tools.half)[0] == 0
    assert tools.notebook("jane") == tools.half.read_bytes()


def test_two_submissions_of_one_student_are_told_not_chosen(tools, capsys):
    roster = tools.text("roster.csv", LIST)
    end = "_assignsubmission_file_"
    export = tools.zip({f"{n}{end}/{LAB}.ipynb": tools.half for n in ("Jane Doe_1", "Doe Jane_2")})
    assert tools.run("collect", export, "--roster", roster) == 1
    said = capsys.readouterr().out
    assert "NOT COLLECTED Jane Doe_1: is jane's, and so is Doe Jane_2" in said
    assert tools.submitted() == {}


def test_a_zip_does_not_escape_nor_fill_the_disk(tools, capsys, monkeypatch):
    roster = tools.text("grades.csv", GRADES)
    bad = ["../doejane_11_1_a.ipynb", "/tmp/doejane_11_2_b.ipynb", "//tmp/doejane_11_3_c.ipynb",
           "..\\doejane_11_4_d.ipynb", "C:\\doejane_11_5_e.ipynb"]  # fmt: skip
    export = tools.zip(dict.fromkeys(bad, "{}") | {f"doejane_11_9_{LAB}.ipynb": tools.half})
    with zipfile.ZipFile(export, "a") as archive:
        link = zipfile.ZipInfo("doejane_11_10_key.ipynb")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    before = sorted(tools.root.rglob("*"))
    unzip(export, tools.root / "out", lambda name: True)
    inside = [p for p in sorted(tools.root.rglob("*")) if p not in before]
    assert [p.name for p in inside] == ["out", f"doejane_11_9_{LAB}.ipynb"]
    assert not list(Path("/tmp").glob("doejane_11_*"))
    shutil.rmtree(tools.root / "out")
    assert tools.run("collect", export, "--roster", roster) == 0
    said = capsys.readouterr().out
    assert said.count("has a name that leads out of the zip, or is none") == 6
    assert tools.submitted() == {"jane": [f"{LAB}.ipynb"]}

    monkeypatch.setattr("autograder.intake.MAX_BYTES", 2**20)
    monkeypatch.setattr("autograder.intake.MAX_BULK", 2**22)
    bomb = tools.zip({f"doejane_11_{n}_{n}.csv": b"\0" * 2**20 for n in range(8)}, "bomb.zip")
    assert tools.run("collect", bomb, "--roster", roster) == 2
    assert "would unpack to 8 files of 8 MB: unpack it yourself" in capsys.readouterr().err


def test_names_without_the_utf8_mark_are_read(tools):
    name = f"müllerjörg_12_300_{LAB}.ipynb"
    export = tools.zip({"m" * len(name.encode()): "{}"})
    export.write_bytes(export.read_bytes().replace(b"m" * len(name.encode()), name.encode()))
    unzip(export, tools.root / "out")
    assert [p.name for p in (tools.root / "out").iterdir()] == [name]


def test_a_big_file_is_left_out_and_no_notebook_is_told(tools, capsys):
    roster = tools.text("grades.csv", GRADES)
    export = tools.zip({"doejane_11_1_big.csv": b"\0" * (MAX_BYTES + 5), "doejane_11_2_a.txt": "a"})
    assert tools.run("collect", export, "--roster", roster) == 0
    said = capsys.readouterr().out
    assert "jane ⚑ handed in no notebook: a.txt, big.csv" in said
    assert "jane ⚑ left out, over 50 MB: big.csv" in said
    assert tools.submitted() == {"jane": ["a.txt"]}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["collect", "none.zip", "--roster", "grades.csv"], "give the zip or folder"),
        (["collect", "grades.csv", "--roster", "grades.csv"], "as a zip"),
        (["collect", "e.zip", "--roster", "grades.csv", "--match", "x=jane"], "no submission of"),
        (["collect", "e.zip", "--roster", "grades.csv", "--match", "a_11=x"], "no such student"),
        (["collect", "e.zip", "--roster", "grades.csv", "--match", "x"], "say SUBMISSION=STUDENT"),
        (["collect", "e.zip", "--roster", "grades.csv", "--timezone", "Mars"], "no such zone"),
        (["export", "canvas", "--out", "o.csv"], "canvas needs --roster"),
        (["export", "csv", "--out", "o.csv"], "Nobody has marks for lab9_tiny: run"),
    ],
)
def test_wrong_requests_are_told_in_a_sentence(tools, capsys, monkeypatch, arguments, told):
    monkeypatch.chdir(tools.root)
    tools.text("grades.csv", GRADES)
    tools.zip({f"a_11_1_{LAB}.ipynb": "{}"}, "e.zip")
    assert tools.run(*arguments) == 2
    error = capsys.readouterr().err
    assert told in error
    assert len(error.splitlines()) == 1
    with pytest.raises(UsageError):
        zone("../../etc/passwd")


@pytest.mark.parametrize(
    ("roster", "options", "told"),
    [
        (GRADES.replace("Lab 9 tiny", "Other"), [], "No column is called lab9_tiny"),
        (GRADES.replace("Lab 9 tiny (98765)", "x"), ["--column", "Lab"], "Assignments there: Quiz"),
        (GRADES.replace(",6,10,", ",60,10,"), [], "is worth 60 there and 6 points here"),
        (WORKSHEET.replace("Grade,Max", "Note,Max"), [], "canvas's CSV|is moodle's CSV"),
        (LIST, [], "is a plain list"),
    ],
)
def test_what_can_not_be_exported_is_told(tools, capsys, roster, options, told):
    tools.run("collect", canvas_zip(tools), "--roster", tools.text("grades.csv", GRADES))
    tools.run("grade")
    path = tools.text("roster.csv", roster)
    out = tools.root / "out.csv"
    assert tools.run("export", "canvas", "--roster", path, "--out", out, *options) == 2
    assert re.search(told, capsys.readouterr().err)
    assert not out.exists()


def test_the_autograder_zip_grades_a_submission(tools):
    out = tools.root / "autograder.zip"
    config = settings(tools.course)
    make_zip(config, LAB, out)
    root = tools.root / "autograder"
    with zipfile.ZipFile(out) as archive:
        names = archive.namelist()
        assert {"setup.sh", "run_autograder", "README.md"} <= set(names)
        assert not [n for n in names if "answers/" in n or n.endswith(".pyc") or "submitted" in n]
        for name in ("setup.sh", "run_autograder"):
            assert archive.getinfo(name).external_attr >> 16 & 0o111
        assert "None.**" not in archive.read("README.md").decode()
        archive.extractall(root / "source")
    assert subprocess.run(["bash", "-n", root / "source/setup.sh"]).returncode == 0
    (root / "submission").mkdir()
    shutil.copy(tools.half, root / "submission")
    (root / "venv/bin").mkdir(parents=True)
    python = root / "venv/bin/python"
    python.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
    script = (root / "source/run_autograder").read_text().replace("/autograder/", f"{root}/")
    ran = subprocess.run(
        ["bash", "-c", script], env=os.environ | {"PYTHONPATH": ""}, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    found = json.loads((root / "results/results.json").read_text())
    assert (found["score"], [t["score"] for t in found["tests"]]) == (2, [2, 0, 0])
    assert not (root / "source/course/submitted").exists()


def test_an_assignment_that_is_not_in_the_course_is_told(tools, capsys):
    roster = tools.text("grades.csv", GRADES)
    arguments = ["collect", "typo", str(canvas_zip(tools)), "--roster", str(roster)]
    assert main([*arguments, "--course", str(tools.course)]) == 2
    assert "No assignment 'typo' in" in capsys.readouterr().err
    assert tools.submitted() == {}


def test_without_isolation_the_zip_says_so(tools):
    out = tools.root / "autograder.zip"
    assert tools.run("export", "autograder", "--out", out, "--isolation", "none") == 0
    with zipfile.ZipFile(out) as archive:
        assert "**None.** You asked for `--isolation none`" in archive.read("README.md").decode()
        assert "--isolation none" in archive.read("run_autograder").decode()


def test_without_a_box_there_are_no_results_and_no_zeros(tools, capsys, monkeypatch):
    from autograder import lms_results
    from autograder.engine.cage import NoIsolation

    def forbidden(*args, **options):
        raise NoIsolation("No namespaces here: ask for --isolation none.")

    monkeypatch.setattr(lms_results, "grade_one", forbidden)
    arguments = ["ps1", "--course", "c", "--submission", "s", "--results", str(tools.root / "r")]
    assert lms_results.main(arguments) == 1
    assert "No namespaces here" in capsys.readouterr().out
    assert not (tools.root / "r").exists()
