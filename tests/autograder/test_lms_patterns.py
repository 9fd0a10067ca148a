"""What Canvas, Moodle and Gradescope call their files is read back as it was written."""

import os
import re
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder import UsageError
from autograder.lms_patterns import canvas_name, find
from autograder.lms_roster import Who

NUMBERS = st.integers(1, 10**9)
FILES = st.text(
    st.characters(exclude_categories=["Cc", "Cs"], exclude_characters='/\\:*?"<>|'), min_size=1
)


def canvas_user(name: str) -> str:
    """A user's name as Canvas puts it before their number: word characters, no `_5_`."""
    return re.sub(r"[^\w]", "", re.sub(r"_([0-9]+)_", r"\1", name).lower())


def put(folder, *names, text="{}"):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@given(
    st.text(min_size=1).map(canvas_user).filter(lambda name: not re.search(r"(^|_)[0-9]+$", name)),
    st.booleans(),
    NUMBERS,
    NUMBERS,
    FILES,
)
def test_what_canvas_builds_is_parsed_back(name, late, user, file_id, file):
    built = "_".join([name, *["LATE"] * late, str(user)]) + f"_{file_id}_{file}"
    assert canvas_name(built) == (name, late, str(user), file_id, file)


@given(st.booleans(), st.from_regex(r"[0-9A-Za-z]{5}", fullmatch=True), NUMBERS, FILES)
def test_what_canvas_builds_of_the_anonymous_is_parsed_back(late, user, file_id, file):
    built = "_".join([*["LATE"] * late, f"anon_{user}"]) + f"_{file_id}_{file}"
    assert canvas_name(built) == ("", late, f"anon_{user}", file_id, file)


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("doejane_12345_678910_lab4.ipynb", ("doejane", False, "12345", 678910, "lab4.ipynb")),
        (
            "lastname_LATE_12345_678910_lab4_distillation-2.ipynb",
            ("lastname", True, "12345", 678910, "lab4_distillation-2.ipynb"),
        ),
        ("müllerßen_1_2_a b.ipynb", ("müllerßen", False, "1", 2, "a b.ipynb")),
        ("doe_jane_1_2_3_lab.ipynb", ("doe_jane", False, "1", 2, "3_lab.ipynb")),
        ("doejane_12345_text.html", None),
        ("lab4.ipynb", None),
        ("lab4_1.ipynb", None),
    ],
)
def test_names_in_canvas(name, parts):
    assert canvas_name(name) == parts


def test_of_files_of_one_name_in_canvas_the_newest_counts_and_is_told(tmp_path):
    put(tmp_path, "doej_LATE_7_200_lab.ipynb", "doej_7_100_lab.ipynb", "doej_7_150_data.csv")
    put(tmp_path, "doej_7_text.html", "notes.txt")
    found = find(tmp_path)
    (one,) = found.handed
    assert (found.system, one.label, one.people) == ("Canvas", "doej_7", (Who("doej", lms="7"),))
    assert one.files["lab.ipynb"].name == "doej_LATE_7_200_lab.ipynb"
    assert one.ages == {"lab.ipynb": 200, "data.csv": 150}
    assert one.late
    assert one.notes == ("lab.ipynb was handed in more than once: the newest counts",)
    assert found.left == {
        "doej_7_text.html": "was typed into Canvas, not uploaded",
        "notes.txt": "has no name of Canvas's",
    }


def test_lateness_is_that_of_the_newest_file(tmp_path):
    put(tmp_path, "doej_LATE_7_100_lab.ipynb", "doej_7_200_lab-1.ipynb")
    assert not find(tmp_path).handed[0].late


def test_no_file_of_canvas_leads_out_of_its_folder(tmp_path):
    put(tmp_path, "doej_7_100_..", "doej_7_101_lab.ipynb")
    found = find(tmp_path)
    assert list(found.handed[0].files) == ["lab.ipynb"]
    assert list(found.left) == ["doej_7_100_.."]


@given(
    st.from_regex(r"[^\W_](?:[^\W_ ]| (?=[^\W_ ])){0,20}", fullmatch=True),
    NUMBERS,
    st.sampled_from(["_assignsubmission_file_", "_assignsubmission_file"]),
)
def test_what_moodle_builds_is_parsed_back(name, number, suffix):
    with TemporaryDirectory() as folder:
        put(Path(folder), f"{name}_{number}{suffix}/below/lab.ipynb")
        (one,) = find(Path(folder)).handed
        assert one.people == (Who(name, participant=str(number)),)
        assert list(one.files) == ["below/lab.ipynb"]


def test_moodle_flat_online_text_and_groups(tmp_path):
    put(
        tmp_path,
        "Jane Doe_12_assignsubmission_file_lab.ipynb",
        "Jane Doe_12_assignsubmission_file_data.csv",
        "Jane Doe_12_assignsubmission_onlinetext_onlinetext.html",
        "Default group_assignsubmission_file_/lab.ipynb",
        "readme.txt",
    )
    found = find(tmp_path)
    assert {one.label: sorted(one.files) for one in found.handed} == {
        "Default group": ["lab.ipynb"],
        "Jane Doe_12": ["data.csv", "lab.ipynb"],
    }
    assert found.handed[0].people == (Who("Default group"),)
    assert set(found.left) == {
        "Jane Doe_12_assignsubmission_onlinetext_onlinetext.html",
        "readme.txt",
    }


METADATA = """submission_1:
  :submitters:
  - :name: Jane Döe
    :sid: 007
    :email: jane@uni.edu
  - :name: Max
    :sid:
    :email:
  :created_at: 2026-04-26 17:34:00.861687000 +02:00
  :score: !ruby/object:BigDecimal 27:0.2e1
  :history:
  - :created_at: 2026-04-25 17:34:00.861687000 Z
submission_2:
  :submitters: []
submission_3:
  submitters:
  - name: Eve
"""


def test_gradescope(tmp_path):
    root = put(tmp_path / "assignment_9_export", "submission_1/lab.ipynb", "submission_2/a/b.txt")
    put(root, "submission_4/lab.ipynb")
    put(root, "submission_metadata.yml", text=METADATA)
    found = find(tmp_path)
    assert found.system == "Gradescope"
    one, two = found.handed
    jane, other = one.people
    assert (jane.name, jane.email, other) == ("Jane Döe", "jane@uni.edu", Who("Max"))
    assert one.when == datetime(2026, 4, 26, 15, 34, 0, 861687, UTC)
    assert one.notes == ("attempt 2: the one active in Gradescope counts",)
    assert (two.people, list(two.files)) == ((), ["a/b.txt"])
    assert found.left == {
        "submission_3": "is in submission_metadata.yml, but there is no such folder",
        "submission_4": "isn't in submission_metadata.yml",
    }


@pytest.mark.parametrize(
    "text", ["- a", "a: [", "? [x]\n: 1\n? {y: 1}\n: 2", "", "a: 2026-99-99", "\x00", "[" * 5000]
)
def test_broken_metadata_is_told(tmp_path, text):
    put(tmp_path, "submission_1/lab.ipynb")
    put(tmp_path, "submission_metadata.yml", text=text)
    with pytest.raises(UsageError, match=r"submission_metadata.yml can't be read .*download"):
        find(tmp_path)


def test_a_folder_of_something_else_is_told(tmp_path):
    with pytest.raises(UsageError, match=r"isn't a download of submissions as known here: Canvas"):
        find(put(tmp_path, "a.ipynb", "b.ipynb"))


@pytest.mark.skipif(os.name == "nt", reason="links are another thing there")
def test_links_are_not_followed(tmp_path):
    put(tmp_path / "secret", "key")
    root = put(tmp_path / "all", "Jane_1_assignsubmission_file_/lab.ipynb")
    (root / "Jane_1_assignsubmission_file_" / "key").symlink_to(tmp_path / "secret" / "key")
    (root / "Max_2_assignsubmission_file_").symlink_to(tmp_path / "secret")
    (one,) = find(root).handed
    assert list(one.files) == ["lab.ipynb"]
