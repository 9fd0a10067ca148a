"""Rosters of every kind are read, and nobody is matched who isn't sure to be meant."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder import UsageError
from autograder.lms_roster import Unmatched, Who, read_roster, spelled, spellings
from autograder.lms_table import inert, number, plain, points, read_table, write_table

CANVAS = """Student,ID,SIS User ID,SIS Login ID,Section,PS 1 (98765),Current Score
,,,,,Manual Posting,
    Points Possible,,,,,7,(read only)
"Doe, Jane",12345,s001,jane,A,,
"Müller, Jörg",23456,s002,joerg,A,EX,
"Student, Test",99999,,,A,,
"""
MOODLE = """Identifier,"Full name","Email address",Status,Grade,"Maximum Grade",\
"Grade can be changed","Last modified (submission)","Last modified (grade)","Feedback comments"
"Participant 11","Jane Doe",Jane@uni.edu,"Submitted for grading -  - ",,7.00,Yes,\
"Friday, 4 September 2026, 10:36 PM",-,
"Participant 12","Jörg Müller",joerg@uni.edu,"Submitted for grading - 2 hours 1 min late",,7.00,\
Yes,"Saturday, 5 September 2026, 1:05 AM",-,"- well done"
"""
LIST = """id,first_name,last_name,email,lms_user_id
jane,Jane,Doe,jane@uni.edu,12345
joerg,Jörg,Müller,,
"""


def roster(tmp_path, text, column=None, encoding="utf-8"):
    path = tmp_path / "roster.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
    return read_roster(path, column)


@pytest.mark.parametrize(
    ("text", "kind", "ids"),
    [
        (CANVAS, "canvas", ["jane", "joerg"]),
        (MOODLE, "moodle", ["Jane@uni.edu", "joerg@uni.edu"]),
        (LIST, "plain", ["jane", "joerg"]),
        ("LastName,FirstName,ID,SIS Login ID,Section\nDoe,Jane,1,j,A\n", "canvas", ["j"]),
        ("id\njane\n", "plain", ["jane"]),
        ("Identifier,Status,Grade\nParticipant 5,x,\n", "moodle", ["participant5"]),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_each_kind_in_each_encoding(tmp_path, text, kind, ids, encoding, delimiter):
    path = tmp_path / "comma.csv"
    path.write_text(text, encoding="utf-8")
    table = read_table(path)
    changed = io.StringIO()
    csv.writer(changed, delimiter=delimiter).writerows([table.header, *table.rows])
    if len(table.header) == 1:
        changed = io.StringIO(text)
    found = roster(tmp_path, changed.getvalue(), encoding=encoding)
    assert (found.kind, [person.id for person in found.people]) == (kind, ids)


def test_another_column_may_name_the_folders(tmp_path):
    found = roster(tmp_path, CANVAS, "SIS User ID")
    assert [person.id for person in found.people] == ["s001", "s002"]
    assert roster(tmp_path, CANVAS.replace("joerg", "")).people[1].id == "s002"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"PK\x03\x04rest", "Excel workbook: in Excel save it as"),
        ("id,x\nMüller,1\n".encode("cp1252"), r"isn't in UTF-8 \(byte 6\): in Excel save"),
        (b"\xff\xfeabc", r"isn't in UTF-8"),
        (b"id\n\0", "zero bytes"),
        (b"", "is empty"),
        (b"id,x\n", "has no student"),
        (b"name,mail\nx,y\n", r"is no roster: give Canvas's .* it has name, mail"),
        (b"id\na\nA\n", r"two students have 'A'.*--id"),
        (b"id,x\na/b,1\n", "'a/b' can't name a folder"),
        (b"id,x\n..,1\n", "can't name a folder"),
        (b"id,x\na,1,2,3\n", "Row 2 of .* has 4 cells, the header 2"),
        (b"Identifier,Grade\nnobody,1\n", "has no number in Identifier"),
        (b'id,x\n"' + b"y" * 200_000 + b'",1\n', "is no CSV table"),
    ],
)
def test_what_is_no_roster_is_told(tmp_path, text, reason):
    with pytest.raises(UsageError, match=reason):
        roster(tmp_path, text)


def test_a_roster_that_is_not_there_is_told(tmp_path):
    with pytest.raises(UsageError, match="Can't read"):
        read_roster(tmp_path / "none.csv")
    with pytest.raises(UsageError, match="No column 'x' in"):
        roster(tmp_path, LIST, "x")


@pytest.mark.parametrize(
    ("text", "who", "expected"),
    [
        (CANVAS, Who("doejane", lms="12345"), "jane"),
        (CANVAS, Who("somebody", lms="12345"), "jane"),
        (CANVAS, Who("mu\u0308llerjo\u0308rg"), "joerg"),  # as macOS spells it
        (CANVAS, Who("doejane", lms="777"), None),  # another of this name
        (CANVAS, Who(lms="s001"), None),  # a number of another kind
        (CANVAS, Who("x", school="S002"), "joerg"),
        (CANVAS, Who("Test Student"), None),
        (CANVAS, Who(""), None),
        (MOODLE, Who("Jane Doe", participant="11"), "Jane@uni.edu"),
        (MOODLE, Who("Participant", participant="11"), "Jane@uni.edu"),
        (MOODLE, Who("Group 7", participant="11"), None),
        (MOODLE, Who("Jane Doe", participant="12"), None),
        (MOODLE, Who("Doe Jane"), "Jane@uni.edu"),
        (MOODLE, Who("x", email="JANE@uni.edu"), "Jane@uni.edu"),
        (MOODLE, Who("x", school="1", email="none@uni.edu"), None),
        (LIST, Who("doejane", lms="12345"), "jane"),
        (LIST, Who("müllerjörg", lms="5"), "joerg"),
        (LIST, Who("x", school="joerg", email="jane@uni.edu"), None),
    ],
)
def test_matching(tmp_path, text, who, expected):
    found = roster(tmp_path, text)
    if expected is None:
        with pytest.raises(Unmatched):
            found.match(who)
    else:
        assert found.match(who).id == expected


def test_of_two_students_of_one_name_neither_is_taken(tmp_path):
    found = roster(tmp_path, LIST + "jane2,Jane,Doe,jane2@uni.edu,\n")
    with pytest.raises(Unmatched, match=r"may be any of jane, jane2 in roster\.csv"):
        found.match(Who("Jane Doe"))
    assert found.match(Who("Jane Doe", email="jane2@uni.edu")).id == "jane2"


def test_lateness_in_the_worksheet(tmp_path):
    jane, joerg = roster(tmp_path, MOODLE).people
    assert (jane.late, joerg.late) == (False, True)
    assert jane.modified == "Friday, 4 September 2026, 10:36 PM"


@given(st.lists(st.text(st.characters(categories=["L"]), min_size=1), min_size=1, max_size=4))
def test_first_and_last_names_change_about(parts):
    for cut in range(len(parts)):
        turned = " ".join(parts[cut:]) + ", " + " ".join(parts[:cut])
        assert spelled(turned) in spellings(" ".join(parts))


@given(st.text(), st.sampled_from(["", " ", "=", "+", "-", "@", "\t", "\r", "\n"]))
def test_an_inert_cell_never_begins_a_formula_and_is_read_back(cell, first):
    cell = first + cell
    safe = inert(cell)
    begins = safe.lstrip(" ")[:1]
    assert begins not in set("=@\t\r\n")
    assert begins not in set("+-") or set(safe.strip()) <= set("+-0123456789.,%")
    assert plain(safe).strip() == plain(cell).strip() or cell.strip()[:1] in ("", "'")


@pytest.mark.parametrize("name", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", " =x", "\t=x"])
def test_names_that_are_formulas(name):
    assert inert(name) == f"'{name}"
    assert plain(f"'{name}") == name
    assert inert("-") == "-"
    assert inert("-1.5") == "-1.5"
    assert plain('="=1+1"') == "=1+1"


@given(st.floats(0, 1e6))
def test_points_are_read_back(value):
    assert number(points(value)) == pytest.approx(value, abs=1e-4)
    assert "e" not in points(value)


@given(
    st.lists(
        st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"])), min_size=2, max_size=2)
    )
)
def test_a_table_is_read_back(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("t") / "t.csv"
    write_table(path, ["a", "b"], rows)
    assert read_table(path).rows == [row for row in rows if any(c.strip() for c in row)]
