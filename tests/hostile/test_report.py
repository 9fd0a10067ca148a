"""What an instructor sees on a terminal is the report, not what a submission would write there."""

from __future__ import annotations

import unicodedata

from autograder.__main__ import main
from tests.hostile.case import Case
from tests.hostile.classroom import hand_in
from tests.hostile.course import ASSIGNMENT

# Sets the title, clears the screen, writes in red and from right to left.
CODES = "\x1b]0;all right\x07\x1b[2J\x1b[31m\x9b1m\u202e"


def test_no_control_codes_reach_the_terminal(tmp_path, capsys):
    fails = f"def normalize(rows):\n    raise ValueError({CODES!r})"
    case = Case("writes to the terminal", "by a message", answers={"normalize": fails})
    hand_in(tmp_path, [case])
    main(["grade", ASSIGNMENT, "--course", str(tmp_path), "--seconds", "5", "--jobs", "2"])
    printed = capsys.readouterr()
    assert "test_normalize" in printed.out
    codes = {c for c in printed.out + printed.err if unicodedata.category(c) in ("Cc", "Cf")}
    assert codes <= {"\n"}
