"""Every student's notebook is found, whatever it is called, and read, whatever befell it."""

import json
import os
import zipfile

import nbformat
import pytest
from nbformat import from_dict
from nbformat.v4 import new_code_cell

from autograder import UsageError
from autograder.build import expand, read_source, write
from autograder.intake import MAX_BYTES, Unreadable, find, read, submitted_notebooks, unzip
from autograder.recognize import Original

MINE = "def double(x):\n    return x + x"


@pytest.fixture(scope="module")
def source(tiny):
    return expand(read_source(tiny.source))


@pytest.fixture(scope="module")
def release(tiny):
    return nbformat.read(tiny.release, as_version=4)


def submission(release, **answers):
    """What students got, with these texts in cells by their ids."""
    notebook = from_dict(release)
    for cell in notebook.cells:
        cell.source = answers.get(cell.id, cell.source)
    return notebook


def made(folder, *files):
    """A folder with these files in it."""
    for file in files:
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_text("{}")
    return folder


def found(folder, *names):
    return {
        name: path and str(path.relative_to(folder))
        for name, path in submitted_notebooks(folder, names).items()
    }


@pytest.mark.parametrize(
    ("files", "counts"),
    [
        (["lab4.ipynb"], "lab4.ipynb"),
        (["lab4.ipynb", "scratch.ipynb", "data.csv"], "lab4.ipynb"),
        (["lab4.ipynb", "lab4 (1).ipynb"], "lab4 (1).ipynb"),
        (["lab4 (2).ipynb", "lab4 (10).ipynb", "lab4.ipynb"], "lab4 (10).ipynb"),
        (["lab4(1).ipynb", "lab4.ipynb"], "lab4(1).ipynb"),
        (["lab4-2.ipynb", "lab4-1.ipynb"], "lab4-2.ipynb"),
        (["lab4-Copy1.ipynb", "other.ipynb"], "lab4-Copy1.ipynb"),
        (["lab4-Copy2.ipynb", "lab4-Copy10.ipynb"], "lab4-Copy10.ipynb"),
        (["lab4-Copy1.ipynb", "lab4.ipynb"], "lab4.ipynb"),
        (["lab4 copy.ipynb", "other.ipynb"], "lab4 copy.ipynb"),
        (["lab4 - Copy (2).ipynb", "other.ipynb"], "lab4 - Copy (2).ipynb"),
        (["Copy of lab4.ipynb", "other.ipynb"], "Copy of lab4.ipynb"),
        (["Copy of lab4 (1).ipynb", "other.ipynb"], "Copy of lab4 (1).ipynb"),
        (["LAB4.ipynb", "other.ipynb"], "LAB4.ipynb"),
        (["LAB4.IPYNB", "other.ipynb"], "LAB4.IPYNB"),
        (["LAB4.ipynb", "lab4.ipynb"], "lab4.ipynb"),
        (["Lab4 (1).ipynb", "lab4.ipynb"], "Lab4 (1).ipynb"),
        (["mine.ipynb"], "mine.ipynb"),
        (["below/mine.ipynb", "data/table.csv"], "below/mine.ipynb"),
        (["old/lab4 (3).ipynb", "lab4.ipynb"], "lab4.ipynb"),
        (["a.ipynb", "b.ipynb"], None),
        (["lab42.ipynb", "lab4_old.ipynb"], None),
        ([".lab4.ipynb", ".ipynb_checkpoints/lab4.ipynb", "__MACOSX/lab4.ipynb"], None),
        (["lab4.txt", "lab4.ipynb.zip"], None),
        ([], None),
    ],
)
def test_a_notebook_is_found_by_its_name(tmp_path, files, counts):
    assert found(made(tmp_path, *files), "lab4") == {"lab4": counts}


def test_each_notebook_of_an_assignment_is_another_file(tmp_path):
    files = ["part-1.ipynb", "part-2 (1).ipynb", "part.ipynb", "Part-2.ipynb"]
    assert found(made(tmp_path, *files), "part", "part-1", "part-2", "part-3") == {
        "part": "part.ipynb",
        "part-1": "part-1.ipynb",
        "part-2": "part-2 (1).ipynb",
        "part-3": None,
    }
    assert found(made(tmp_path / "one", "x.ipynb"), "part-1", "part-2") == {
        "part-1": None,
        "part-2": None,
    }


@pytest.mark.skipif(os.name == "nt", reason="links and devices are another thing there")
def test_links_and_devices_are_not_followed(tmp_path):
    secret = made(tmp_path / "secret", "lab4.ipynb", "deep/lab4.ipynb")
    folder = made(tmp_path / "mine", "notes.txt")
    (folder / "lab4.ipynb").symlink_to(secret / "lab4.ipynb")
    (folder / "below").symlink_to(secret)
    os.mkfifo(folder / "lab4 (1).ipynb")
    (folder / "around").mkdir()
    (folder / "around" / "again").symlink_to(folder)
    assert found(folder, "lab4") == {"lab4": None}
    made(folder, "around/lab4 (2).ipynb")
    assert found(folder, "lab4") == {"lab4": "around/lab4 (2).ipynb"}
    (tmp_path / "class").mkdir()
    (tmp_path / "class" / "eve").symlink_to(secret)
    made(tmp_path / "class", "alice/lab4.ipynb")
    (tmp_path / "class" / "mallory.ipynb").symlink_to(secret / "lab4.ipynb")
    assert set(find(tmp_path / "class", "lab4", tmp_path)) == {"alice"}


def test_a_submission_that_is_not_there_is_none(tmp_path):
    assert found(tmp_path / "gone", "lab4") == {"lab4": None}
    assert found(made(tmp_path, "file") / "file", "lab4") == {"lab4": None}


def test_folders_without_end_are_left(tmp_path):
    made(tmp_path, f"{'d/' * 60}lab4.ipynb")
    assert found(tmp_path, "lab4") == {"lab4": None}


def zipped(path, members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return path


def unzipped(tmp_path, *members):
    unzip(zipped(tmp_path / "all.zip", members), tmp_path / "out")
    return sorted(str(p.relative_to(tmp_path / "out")) for p in (tmp_path / "out").rglob("*.ipynb"))


def test_absurd_names_in_a_zip_are_skipped(tmp_path):
    names = ["a" * 300, "ü" * 200, "bell\a", "line\nfeed", "/".join("d" * 30)]
    members = [(f"{name}.ipynb", "{}") for name in names]
    assert unzipped(tmp_path, *members, ("alice.ipynb", "{}")) == ["alice.ipynb"]


def test_a_file_and_a_folder_of_one_name_stop_nothing(tmp_path):
    members = [("a.ipynb", "{}"), ("a.ipynb/b.ipynb", "{}"), ("c.ipynb/d.ipynb", "{}")]
    assert "bob.ipynb" in unzipped(tmp_path, *members, ("c.ipynb", "{}"), ("bob.ipynb", "{}"))


def test_one_bomb_costs_only_its_student(tmp_path, monkeypatch):
    monkeypatch.setattr("autograder.intake.MAX_TOTAL", 2 * MAX_BYTES)
    bomb = b"\0" * (2 * MAX_BYTES)
    assert unzipped(tmp_path, ("bomb.ipynb", bomb), ("alice.ipynb", "{}")) == [
        "alice.ipynb",
        "bomb.ipynb",
    ]
    assert (tmp_path / "out" / "bomb.ipynb").stat().st_size == MAX_BYTES + 1


def test_a_zip_made_of_bombs_is_refused_before_it_unpacks(tmp_path, monkeypatch):
    monkeypatch.setattr("autograder.intake.MAX_BYTES", 2**20)
    monkeypatch.setattr("autograder.intake.MAX_BULK", 2**22)
    members = [(f"{number}.ipynb", b"\0" * 2**20) for number in range(8)]
    with pytest.raises(UsageError, match="8 notebooks of 8 MB: unpack it yourself"):
        unzipped(tmp_path, *members)
    assert not (tmp_path / "out").exists()
    noise = [(f"{number}.ipynb", os.urandom(2**20)) for number in range(8)]
    assert len(unzipped(tmp_path, *noise)) == 8
    monkeypatch.setattr("autograder.intake.MAX_TOTAL", 2**22)
    with pytest.raises(UsageError, match="8 notebooks of 8 MB"):
        unzipped(tmp_path, *noise)


def test_a_zip_of_too_many_files_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("autograder.intake.MAX_MEMBERS", 3)
    with pytest.raises(UsageError, match="4 notebooks"):
        unzipped(tmp_path, *((f"{number}.ipynb", "{}") for number in range(4)))


def put(path, content):
    """A submitted file with this content: a notebook, a text or bytes."""
    if isinstance(content, nbformat.NotebookNode):
        write(content, path)
    else:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def answer(submitted, name="double"):
    cells = submitted.notebook.cells
    return next(c.source for c in cells if c.metadata.get("nbgrader", {}).get("grade_id") == name)


def test_a_submission_is_read_whole(tmp_path, source, release):
    submitted = read(
        put(tmp_path / "lab.ipynb", submission(release, double=MINE)), Original(source, release)
    )
    assert submitted.flags == ()
    assert answer(submitted) == MINE
    assert "secret = 21" in answer(submitted, "tests_double")


def test_several_copies_are_told(tmp_path, source, release):
    for file in ("lab.ipynb", "lab (1).ipynb", "lab2.ipynb", "lab-Copy1.ipynb"):
        put(tmp_path / file, submission(release))
    (flag,) = read(tmp_path / "lab (1).ipynb", Original(source, release)).flags
    assert flag == (
        "Copies were submitted (lab (1).ipynb, lab-Copy1.ipynb, lab.ipynb): lab (1).ipynb counts."
    )
    assert read(tmp_path / "lab2.ipynb", Original(source, release)).flags == ()


def test_a_cut_file_is_graded_as_far_as_it_goes(tmp_path, source, release):
    text = nbformat.writes(submission(release, double=MINE))
    path = put(tmp_path / "lab.ipynb", text[: text.index('"id": "triple"')])
    submitted = read(path, Original(source, release))
    assert answer(submitted) == MINE
    flags = [flag.split(":")[0] for flag in submitted.flags]
    whole = [c.id for c in release.cells].index("triple")
    assert flags == [
        f"The file is cut off or damaged after cell {whole}",
        "There is no cell with the answer",
        "Missing cells were put back",
    ]


def test_a_file_cut_before_its_first_answer_is_told_to_be_broken(tmp_path, source, release):
    text = nbformat.writes(submission(release))
    path = put(tmp_path / "lab.ipynb", text[: text.index('"id": "double"')])
    with pytest.raises(Unreadable, match=r"broken, not valid JSON \(line \d+\): download it again"):
        read(path, Original(source, release))


@pytest.mark.parametrize("mine_above", [True, False])
def test_of_a_merge_the_side_with_the_answers_counts(tmp_path, source, release, mine_above):
    """As with a pull, where it is the upper one, and with a rebase, where it is the lower."""
    mine, given = (
        json.dumps(notebook.cells) for notebook in (submission(release, double=MINE), release)
    )
    upper, lower = (mine, given) if mine_above else (given, mine)
    conflict = f"\n<<<<<<< HEAD\n{upper}\n=======\n{lower}\n>>>>>>> main\n"
    path = put(tmp_path / "lab.ipynb", f'{{"nbformat": 4, "cells":{conflict}}}')
    submitted = read(path, Original(source, release))
    assert answer(submitted) == MINE
    side = "upper" if mine_above else "lower"
    assert submitted.flags == (
        f"The file has merge conflicts (line 2): only the {side} sides count.",
    )


def test_a_side_that_is_another_labs_does_not_count(tmp_path, source, release):
    other = json.dumps([new_code_cell("x", id="x")])
    ours = json.dumps(release.cells)
    conflict = f"\n<<<<<<< a\n{other}\n=======\n{ours}\n>>>>>>> b\n"
    path = put(tmp_path / "lab.ipynb", f'{{"nbformat": 4, "cells":{conflict}}}')
    assert "lower" in read(path, Original(source, release)).flags[0]


def test_what_can_not_be_read_says_what_to_do(tmp_path, source):
    with pytest.raises(Unreadable, match=r"No notebook of this lab in the folder: submit one"):
        read(tmp_path, Original(source))
    with pytest.raises(Unreadable, match=r"can't be read \(No such file.*\): submit it again"):
        read(tmp_path / "gone.ipynb", Original(source))
    with pytest.raises(Unreadable, match=r"none of this lab's graded cells"):
        read(put(tmp_path / "lab.ipynb", nbformat.v4.new_notebook()), Original(source))
