"""Gives a student more time; the late policy counts from there.

python -m autograder extend ps1 --student ann --days 2
"""

from __future__ import annotations

import argparse
from pathlib import Path

from autograder import UsageError

HELP = """
The due date of these students' assignment moves by so much: with no time at all back to the
class's. What was graded already gets its late penalty anew; nothing is run. nbgrader keeps the
extension with the submission, so it holds for later runs, for formgrader and for export.

examples:
  python -m autograder extend lab4_distillation --student ann --days 2
  python -m autograder extend ps1 --course ~/physics101 --student ann --student ben --hours 12
  python -m autograder extend ps1 --course ~/physics101 --student ann
"""


def extend_command(args: argparse.Namespace) -> int:
    """Grant extensions and print each student's due date and penalty."""
    from autograder.course import Grading
    from autograder.nbgrader_config import settings
    from autograder.record import Recorder, quiet

    if args.days < 0 or args.hours < 0:
        raise UsageError("--days and --hours can't be negative: the due date is the class's own.")
    config = settings(args.course, args.db)
    grading = Grading(config, args.assignment, args.student)  # all have submitted
    with quiet(), Recorder(grading.directory, config) as recorder:
        for student in grading.students:
            due, lost = recorder.extend(student, args.days, args.hours)
            when = f"due {due:%Y-%m-%d %H:%M} UTC" if due else "the assignment has no due date"
            penalty = f"{lost:g} points off for lateness" if lost else "no points off"
            print(f"{student}: {when}; {penalty}")
    return 0


def add(commands: argparse._SubParsersAction) -> None:
    """Add the command to the command line."""
    extend = commands.add_parser(
        "extend",
        help="give students more time for an assignment",
        description="Give students more time for an assignment.",
        epilog=HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    extend.add_argument("assignment", metavar="ASSIGNMENT")
    extend.add_argument("--student", action="append", required=True, metavar="ID", help="who")
    extend.add_argument("--days", type=float, default=0, metavar="D", help="so many days more")
    extend.add_argument("--hours", type=float, default=0, metavar="H", help="and hours")
    extend.add_argument("--course", type=Path, metavar="DIR", help="nbgrader's course folder")
    extend.add_argument("--db", metavar="URL", help="the gradebook, if not the course's")
    extend.set_defaults(run=extend_command)
