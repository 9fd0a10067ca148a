"""`python -m autograder build | solutions | answers | grade`: the instructor's command line."""

import argparse
import sys
from pathlib import Path

from autograder import SOLUTIONS, UsageError, extend, lms_cli

EXAMPLES = """examples:
  python -m autograder build                        rebuild every lab that has a source
  python -m autograder build lab4_distillation      rebuild one
  python -m autograder solutions lab4_distillation  run the solved lab, keep its outputs
  python -m autograder answers lab4_distillation    grade its wrong and right answers
  python -m autograder grade lab4_distillation      grade what was submitted to this course
  python -m autograder grade lab4_distillation submissions.zip --out graded
  python -m autograder collect lab4_distillation canvas.zip --roster grades.csv
  python -m autograder export lab4_distillation canvas --roster grades.csv --out import.csv
"""

GRADE = """
Without PATH it grades submitted/STUDENT/ASSIGNMENT/ of an nbgrader course folder: marks go into its
gradebook, graded notebooks into its autograded/ folder, for formgrader, nbgrader generate_feedback
and nbgrader export. Work that was graded before and hasn't changed isn't run again; written answers
wait to be graded by hand, and marks given by hand stay.

With PATH, a folder or zip of notebooks of one of these labs (alice.ipynb, or
alice/lab4_distillation.ipynb), it does so in a throwaway course and keeps the results in --out.

Students' code runs in a box: without network, other files, or more seconds and memory than you say.

examples:
  python -m autograder grade lab4_distillation
  python -m autograder grade ps1 --course ~/physics101
  python -m autograder grade ps1 --course ~/physics101 --student alice --student bob --force
  python -m autograder grade ps1 --course . --db postgresql://me@localhost/grades --jobs 8
  python -m autograder grade ps1 --course . --seconds 120 --memory 4096 --twice
  python -m autograder grade ps1 --course . --compare     # after a test was mended
  python -m autograder grade ps1 --course . --scheduler tls://10.0.0.5:8786 --tls tls
  python -m autograder grade ps1 --course . --isolation none
  python -m autograder grade lab4_distillation submissions.zip --out graded
"""


CLUSTER = """
example, with a scheduler on 10.0.0.5 and all in one line each:
  python -m autograder certificate tls
  dask scheduler --protocol tls --port 8786 --tls-ca-file tls/cert.pem --tls-cert tls/cert.pem
    --tls-key tls/key.pem
  dask worker tls://10.0.0.5:8786 --nthreads 1 --nworkers auto --tls-ca-file tls/cert.pem
    --tls-cert tls/cert.pem --tls-key tls/key.pem
  python -m autograder grade ps1 --scheduler tls://10.0.0.5:8786 --tls tls
"""


def sources(labs: list[str]) -> list[Path]:
    """The source files of these labs, or of all. Raises UsageError for an unknown one."""
    there = {path.stem: path for path in sorted(SOLUTIONS.glob("lab*.py"))}
    for lab in labs:
        if lab not in there:
            known = ", ".join(there) or "none yet"
            raise UsageError(f"No lab {lab!r} in {SOLUTIONS.name}/; the labs are: {known}.")
    return [there[lab] for lab in labs] if labs else list(there.values())


def build_command(args: argparse.Namespace) -> int:
    """Build labs, or with --check say which are stale."""
    from rich.progress import track

    from autograder.build import BuildError, build, stale

    faults, old = [], []
    paths = sources(args.labs)
    for path in track(paths, "Checking" if args.check else "Building", transient=True):
        try:
            if args.check:
                old += [path.stem] if stale(path) else []
            else:
                print(f"{path.stem}: {build(path)}")
        except BuildError as error:
            faults += error.faults
    print("\n".join(faults), end="\n" if faults else "", file=sys.stderr)
    for lab in old:
        print(f"labs/{lab} is stale: run `python -m autograder build {lab}`", file=sys.stderr)
    if args.check and not faults and not old:
        print(f"{len(paths)} lab(s) fresh")
    return 1 if faults or old else 0


def solutions_command(args: argparse.Namespace) -> int:
    """Run the solved labs."""
    from autograder.build import BuildError
    from autograder.solve import solve

    failed = False
    for path in sources(args.labs):
        try:
            failed |= not solve(path)
        except BuildError as error:
            print(error, file=sys.stderr)
            failed = True
    return int(failed)


def grade_command(args: argparse.Namespace) -> int:
    """Grade submissions."""
    from autograder.build import BuildError, register
    from autograder.compare import Comparison, compare
    from autograder.course import Grading
    from autograder.engine.cage import NoIsolation
    from autograder.nbgrader_config import settings
    from autograder.record import quiet
    from autograder.report import grade_folder, grade_path

    options = {
        name: getattr(args, name)
        for name in ("jobs", "scheduler", "tls", "seconds", "memory", "isolation", "force", "twice")
    }
    try:
        if args.path is not None:
            if args.course or args.student or args.db or args.compare:
                raise UsageError(
                    "--course, --student, --db and --compare go without PATH: leave one out."
                )
            (source,) = sources([args.assignment])
            grade_path(source, args.path, args.out, **options)
        else:
            config = settings(args.course, args.db)
            if args.course is None and (SOLUTIONS / f"{args.assignment}.py").exists():
                with quiet():
                    register(args.assignment, config)
            kind = Comparison if args.compare else Grading
            grading = kind(config, args.assignment, args.student)
            (compare if args.compare else grade_folder)(grading, args.out, **options)
    except (BuildError, NoIsolation) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def answers_command(args: argparse.Namespace) -> int:
    """Grade the wrong and right answers, and say what went otherwise than due."""
    from rich.console import Console

    from autograder.answers import AnswerError, problems
    from autograder.build import BuildError

    found, console = [], Console(stderr=True)
    for path in sources(args.labs):
        try:
            with console.status(f"Grading the answers to {path.stem}"):
                found += problems(path.stem)
        except (AnswerError, BuildError) as error:
            found.append(str(error))
    print("\n".join(found) if found else "All answers are graded as they should be")
    return int(bool(found))


def certificate_command(args: argparse.Namespace) -> int:
    """Make a cluster's certificate."""
    from autograder.engine.cluster import certificate

    certificate(args.folder)
    print(f"cert.pem and key.pem are in {args.folder}: copy it to each machine, and guard it.")
    return 0


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    raw = argparse.RawDescriptionHelpFormatter
    top = argparse.ArgumentParser(
        "python -m autograder", description=__doc__, epilog=EXAMPLES, formatter_class=raw
    )
    commands = top.add_subparsers(required=True, metavar="COMMAND")

    build = commands.add_parser(
        "build",
        help="solutions/labN_topic.py → labs/labN_topic/labN_topic.ipynb",
        epilog="example: python -m autograder build lab4_distillation",
    )
    build.add_argument("labs", nargs="*", metavar="LAB", help="names of labs (default: all)")
    build.add_argument(
        "--check", action="store_true", help="change nothing; fail if a lab is stale"
    )
    build.set_defaults(run=build_command)

    solve = commands.add_parser(
        "solutions",
        help="run the solved labs and keep them, with outputs, in build/solutions/",
        epilog="example: python -m autograder solutions lab4_distillation",
    )
    solve.add_argument("labs", nargs="*", metavar="LAB", help="names of labs (default: all)")
    solve.set_defaults(run=solutions_command)

    answers = commands.add_parser(
        "answers",
        help="grade the wrong and right answers and say what is graded otherwise than due",
        epilog="example: python -m autograder answers lab4_distillation",
    )
    answers.add_argument("labs", nargs="*", metavar="LAB", help="names of labs (default: all)")
    answers.set_defaults(run=answers_command)

    grade = commands.add_parser(
        "grade",
        help="grade what was submitted to a course, or a folder or zip of notebooks",
        description="Grade an assignment.",
        epilog=GRADE,
        formatter_class=raw,
    )
    add = grade.add_argument
    add("assignment", metavar="ASSIGNMENT", help="its name, such as lab4_distillation")
    add("path", type=Path, nargs="?", metavar="PATH", help="a folder or zip of notebooks")
    add("--course", type=Path, metavar="DIR", help="nbgrader's course folder (default: this one)")
    add("--db", metavar="URL", help="the gradebook, if not the course's, as postgresql://…")
    add("--student", action="append", metavar="ID", help="only this student; again for more")
    add("--jobs", type=int, metavar="N", help="submissions at once (default: one a core)")
    add("--scheduler", metavar="ADDRESS", help="grade on this Dask cluster, as tls://host:8786")
    add("--tls", type=Path, metavar="DIR", help="with its certificate (autograder certificate DIR)")
    add("--seconds", type=float, default=60, metavar="S", help="CPU seconds a cell may take (60)")
    add("--memory", type=int, default=2048, metavar="MB", help="memory a submission may use (2048)")
    add(
        "--isolation",
        choices=("box", "none"),
        default="box",
        help="none: without a sandbox, with your rights; the results say so (default: box)",
    )
    add("--force", action="store_true", help="run everything again, changed or not")
    add("--compare", action="store_true", help="record nothing; list whose marks would move")
    add("--twice", action="store_true", help="run everything twice; flag marks that differ")
    add(
        "--out", type=Path, metavar="DIR", help="grades.csv here; with PATH notebooks, feedback too"
    )
    grade.set_defaults(run=grade_command)
    extend.add(commands)
    lms_cli.add(commands)

    tls = commands.add_parser(
        "certificate",
        help="make the certificate that a Dask cluster and its graders share",
        description="Make DIR/cert.pem and DIR/key.pem, by which scheduler, workers and graders "
        "know each other for a year. Whoever has the key can run code on all of them.",
        epilog=CLUSTER,
        formatter_class=raw,
    )
    tls.add_argument("folder", type=Path, metavar="DIR")
    tls.set_defaults(run=certificate_command)
    return top


def main(argv: list[str] | None = None) -> int:
    """Run one command; 0 if all went well, 1 if labs are at fault, 2 for a wrong request.

    After Ctrl-C 130, as shells have it.
    """
    args = parser().parse_args(argv)
    try:
        return args.run(args)
    except UsageError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 130


def run() -> None:
    """The command `greenlab-grader` of the installed grader."""
    sys.exit(main())


if __name__ == "__main__":
    run()
