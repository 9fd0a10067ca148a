"""`collect` and `export`: from Canvas, Moodle or Gradescope into the course, and back."""

import argparse
from pathlib import Path

from autograder import SOLUTIONS, UsageError

COLLECT = """
EXPORT is what you downloaded, the zip or the folder it unpacked to; it is known by its file names:
  Canvas       Assignment, Download Submissions       doejane_LATE_12345_678910_ps1-1.ipynb
  Moodle       View all submissions, Download all     Jane Doe_1234567_assignsubmission_file_/
  Gradescope   Review Grades, Export Submissions      submission_123456/…, submission_metadata.yml

The roster is a CSV that you have, too:
  Canvas       Grades, Export, Export Entire Gradebook     Student, ID, SIS Login ID, Section, ...
  Moodle       View all submissions, Download grading worksheet (Moodle in English)
  any          id,first_name,last_name,email,lms_user_id   as `nbgrader db student import` takes it

A submission goes to whose number, login or address it has, else to the one student of that name; if
that isn't sure it is listed, not guessed. Each goes into submitted/STUDENT/ASSIGNMENT/, where
`grade` finds it. What is there stays unless what comes is newer; running it again changes nothing.

examples:
  python -m autograder collect ps1 ~/Downloads/submissions.zip --roster ~/Downloads/grades.csv
  python -m autograder collect ps1 ~/Downloads/ps1-export --roster roster.csv --course ~/physics101
  python -m autograder collect ps1 moodle.zip --roster worksheet.csv --timezone Europe/Vienna
  python -m autograder collect ps1 submissions.zip --roster grades.csv --id "SIS User ID"
  python -m autograder collect ps1 submissions.zip --roster grades.csv --match doej_99=jane
"""

EXPORT = """
formats:
  canvas      the roster's columns up to Section and the assignment's: import it in Grades
  moodle      the grading worksheet with its grades filled in: upload it there again
  csv         points by exercise, lateness and total, for yourself
  gradescope  a folder with STUDENT/results.json for each
  autograder  a zip to upload as Gradescope's autograder; its README says what isolation holds there

Marks with points that a person has still to give are listed and left out, unless you say --partial.

examples:
  python -m autograder export ps1 canvas --roster grades.csv --out import.csv
  python -m autograder export ps1 canvas --roster grades.csv --out up.csv --column "PS 1 (98765)"
  python -m autograder export ps1 moodle --roster worksheet.csv --out worksheet-graded.csv --scale
  python -m autograder export ps1 csv --out ps1.csv --course ~/physics101
  python -m autograder export ps1 gradescope --out results
  python -m autograder export ps1 autograder --out ps1-autograder.zip --visibility after_due_date
"""
FORMATS = ("canvas", "moodle", "csv", "gradescope", "autograder")
VISIBILITY = ("visible", "after_due_date", "after_published", "hidden")


def opened(args: argparse.Namespace):
    """The course's configuration and folders, the assignment in its gradebook if it is a lab."""
    from nbgrader.coursedir import CourseDirectory

    from autograder.build import BuildError, register
    from autograder.nbgrader_config import settings
    from autograder.record import quiet

    config = settings(args.course, args.db)
    with quiet():
        if args.course is None and (SOLUTIONS / f"{args.assignment}.py").exists():
            try:
                register(args.assignment, config)
            except BuildError as error:
                raise UsageError(str(error)) from error
        directory = CourseDirectory(config=config)
    directory.assignment_id = args.assignment
    return config, directory


def collect_command(args: argparse.Namespace) -> int:
    """Collect submissions; 1 if some wait for the instructor."""
    from autograder.inert import printable
    from autograder.lms_collect import collect, told
    from autograder.lms_roster import read_roster

    matches = dict(pair(text) for text in args.match)
    _, directory = opened(args)
    collected = collect(
        directory,
        args.export,
        read_roster(args.roster, args.id),
        matches=matches,
        zone=zone(args.timezone),
        over=args.replace,
    )
    for line in told(collected):
        print(printable(line))
    return 0 if collected.complete else 1


def pair(text: str) -> tuple[str, str]:
    """`--match`'s SUBMISSION=STUDENT. Raises UsageError."""
    label, equals, student = text.rpartition("=")
    if not (equals and label and student):
        raise UsageError(f"--match {text}: say SUBMISSION=STUDENT, as --match 'doej_99=jane'.")
    return label, student


def zone(name: str | None):
    """A time zone by its name. Raises UsageError."""
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(name) if name else None
    except (ValueError, OSError, KeyError) as error:
        raise UsageError(f"--timezone {name}: no such zone; say one as Europe/Vienna.") from error


def export_command(args: argparse.Namespace) -> int:
    """Export marks; 1 if some of them aren't in it."""
    from autograder.lms_marks import read_marks, write_csv

    needs_roster = args.format in ("canvas", "moodle")
    if needs_roster and args.roster is None:
        raise UsageError(f"{args.format} needs --roster: the CSV that it exported.")
    config, directory = opened(args)
    if args.format == "autograder":
        from autograder.lms_autograder import make_zip

        make_zip(
            config,
            args.assignment,
            args.out,
            visibility=args.visibility,
            isolation=args.isolation,
        )
        print(f"{args.out}: its README.md says how to use it, and what isolation holds there")
        return 0
    marks = read_marks(directory)
    if needs_roster:
        return roster_export(args, marks)
    if args.format == "csv":
        write_csv(marks, args.out)
    else:
        from autograder.lms_results import write_results

        write_results(directory, marks, args.out, args.visibility)
    print(f"{args.out}: {len(marks)} students")
    for mark in marks:
        if mark.waiting:
            print(f"{mark.student} ⚑ to be graded by hand: {', '.join(mark.waiting)}")
    return 0


def roster_export(args: argparse.Namespace, marks: list) -> int:
    """Export to Canvas or Moodle, and say what isn't in it."""
    from autograder.inert import printable
    from autograder.lms_export import export_roster
    from autograder.lms_roster import read_roster

    roster = read_roster(args.roster, args.id)
    if roster.kind not in (args.format, "plain"):
        raise UsageError(f"{args.roster} is {roster.kind}'s CSV: export {roster.kind} with it.")
    options = {"column": args.column, "scale": args.scale, "partial": args.partial}
    done = export_roster(marks, roster, args.assignment, args.out, **options)
    print(f"{args.out}: {done.written} marks for {args.format}")
    what = "so far, without" if args.partial else "not in it until someone has graded"
    lines = [f"{s} ⚑ {what} {', '.join(e)}" for s, e in done.waiting.items()]
    lines += [
        f"{s} ⚑ changed since it was graded by hand, look again: {', '.join(e)}"
        for s, e in done.unsure.items()
    ]
    lines += [f"{s} ⚑ not in it: {reason}" for s, reason in done.kept.items()]
    lines += [f"NOT EXPORTED {s}: {reason}" for s, reason in done.unmatched.items()]
    if done.missing:
        names = ", ".join(done.missing)
        lines.append(f"{len(done.missing)} without marks, left as they were: {names}")
    for line in lines:
        print(printable(line))
    return 1 if done.unmatched or (done.waiting and not args.partial) else 0


def add(commands) -> None:
    """Add `collect` and `export` to the subcommands of `python -m autograder`."""
    raw = argparse.RawDescriptionHelpFormatter
    collect = commands.add_parser(
        "collect",
        help="fill submitted/ from a download of Canvas, Moodle or Gradescope",
        description="Take in what students handed in on Canvas, Moodle or Gradescope.",
        epilog=COLLECT,
        formatter_class=raw,
    )
    option = collect.add_argument
    option("assignment", metavar="ASSIGNMENT", help="its name, such as lab4_distillation")
    option("export", type=Path, metavar="EXPORT", help="the zip or folder you downloaded")
    option("--match", action="append", default=[], metavar="SUBMISSION=STUDENT",
           help="whose a submission is that nobody could be found for; again for more")  # fmt: skip
    option("--replace", action="store_true",
           help="also where it isn't known which is newer; the old one is kept")  # fmt: skip
    option("--timezone", metavar="ZONE",
           help="that of the times in Moodle's worksheet, to count late days by")  # fmt: skip
    common(collect, required=True)
    collect.set_defaults(run=collect_command)

    export = commands.add_parser(
        "export",
        help="write the marks for Canvas, Moodle, Gradescope or as a plain CSV",
        description="Write the gradebook's marks of an assignment for another system.",
        epilog=EXPORT,
        formatter_class=raw,
    )
    option = export.add_argument
    option("assignment", metavar="ASSIGNMENT", help="its name, such as lab4_distillation")
    option("format", choices=FORMATS, metavar="FORMAT", help=", ".join(FORMATS))
    option("--out", type=Path, required=True, metavar="PATH", help="the file or folder to write")
    option("--column", metavar="NAME", help="the assignment's column in the CSV, if not its name")
    option("--scale", action="store_true", help="scale marks to what it is worth there")
    option("--partial", action="store_true", help="also marks that aren't graded to the end")
    option("--visibility", choices=VISIBILITY, default="visible",
           help="when Gradescope shows results (default: visible)")  # fmt: skip
    option("--isolation", choices=("box", "none"), default="box",
           help="none: an autograder without a sandbox; marks can be forged")  # fmt: skip
    common(export, required=False)
    export.set_defaults(run=export_command)


def common(parser: argparse.ArgumentParser, required: bool) -> None:
    """The options that both have."""
    option = parser.add_argument
    option("--roster", type=Path, required=required, metavar="CSV", help="your list of students")
    option("--id", metavar="COLUMN", help="the roster's column that names students' folders")
    option(
        "--course", type=Path, metavar="DIR", help="nbgrader's course folder (default: this one)"
    )
    option("--db", metavar="URL", help="the gradebook, if not the course's, as postgresql://…")
