"""Makes the zip that lets Gradescope grade an assignment by this engine.

Gradescope's “Autograder Specifications” (gradescope/autograder_samples, docs/specs.md) want
setup.sh and run_autograder at its top; it is unpacked into /autograder/source of a Docker image.
"""

import copy
import shutil
import zipfile
from pathlib import Path
from shlex import quote
from tempfile import TemporaryDirectory

from traitlets.config import Config

from autograder import ROOT, UsageError
from autograder.assignment import Book, is_graded, is_test, key, load
from autograder.build import begin_gradebook
from autograder.lms_table import points
from autograder.record import quiet

ENGINE = ("pyproject.toml", "README.md", "LICENSE", "constraints.txt")
LEFT = shutil.ignore_patterns("__pycache__", ".*", "wrong_answers", "right_answers", "*.db")

SETUP = """#!/usr/bin/env bash
# Run once by Gradescope, when it builds the image.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive
apt-get update
python=""
for version in 3.13 3.12 3.11; do
    if apt-get install -y python$version python$version-venv; then
        python=python$version
        break
    fi
done
[ -n "$python" ] || {{ echo "No Python 3.11 or newer here: choose a newer base image."; exit 1; }}
$python -m venv /autograder/venv
cd /autograder/source/engine
/autograder/venv/bin/pip install --no-cache-dir -c constraints.txt ".[instructor]"{more}
"""

RUN = """#!/usr/bin/env bash
# Run by Gradescope for each submission.
cd /autograder/source/engine
exec /autograder/venv/bin/python -m autograder.lms_results {assignment} \\
    --course /autograder/source/course --submission /autograder/submission \\
    --results /autograder/results/results.json --visibility {visibility} --isolation {isolation}
"""

README = """# {assignment} on Gradescope

In a programming assignment's “Configure Autograder” upload this zip. Set its points to {points},
and where exercises are graded by hand enable manual grading: {waiting}.

`setup.sh` installs the engine, `run_autograder` grades one submission and writes `results.json`.
`course/` is the assignment with its solutions and hidden tests, and a gradebook with no student in
it. **Whoever has this zip has the solutions.**

## What isolation holds there

{isolation}

Gradescope runs each submission in a container of its own: no other student's work is in it, and
what a submission breaks ends with it. `/autograder/source`, with solutions and hidden tests, is in
it, too.
"""

BOX = """The student's code runs in the engine's box, without the course, hidden tests, files or
network: this needs namespaces inside Gradescope's container. Where they are forbidden nothing is
graded: the student reads that the autograder failed, you read why in its output. Then use
`grade` on your own machine with Gradescope's export, or make this zip again with
`--isolation none`; its README tells what that costs."""

NONE = """**None.** You asked for `--isolation none`. The student's code runs with the rights of the
autograder: it can read the solutions and hidden tests in `/autograder/source`, reach what the
container reaches, and write its own `results.json`. The marks can be forged; each says so."""


def make_zip(
    config: Config, assignment: str, out: Path, *, visibility: str = "visible",
    isolation: str = "box",
) -> None:  # fmt: skip
    """Write the autograder of an assignment to `out`. Raises UsageError."""
    if missing := [name for name in ENGINE if not (ROOT / name).exists()]:
        raise UsageError(f"{ROOT} has no {missing[0]}: run this from the repository.")
    with TemporaryDirectory() as scratch:
        root = Path(scratch)
        books = make_course(config, assignment, root / "course")
        for package in ("autograder", "greenlab"):
            shutil.copytree(ROOT / package, root / "engine" / package, ignore=LEFT)
        for name in ENGINE:
            shutil.copyfile(ROOT / name, root / "engine" / name)
        full = sum(worth for book in books.values() for worth in book.points.values())
        by_hand = [
            book.names[key(cell)]
            for book in books.values()
            for cell in book.source.cells
            if is_graded(cell) and not is_test(cell)
        ]
        own = root / "course/source" / assignment / "requirements.txt"
        more = f" -r {quote(f'../course/source/{assignment}/requirements.txt')}"
        run = RUN.format(assignment=quote(assignment), visibility=visibility, isolation=isolation)
        readme = README.format(
            assignment=assignment,
            points=points(full),
            waiting=", ".join(by_hand) or "there are none",
            isolation=BOX if isolation == "box" else NONE,
        )
        (root / "setup.sh").write_text(SETUP.format(more=more if own.exists() else ""))
        (root / "run_autograder").write_text(run)
        (root / "README.md").write_text(readme, encoding="utf-8")
        pack(root, out)


def make_course(config: Config, assignment: str, course: Path) -> dict[str, Book]:
    """A course folder with only this assignment in it, and nobody; its notebooks."""
    from nbgrader.converters import GenerateAssignment
    from nbgrader.coursedir import CourseDirectory

    theirs = CourseDirectory(config=config)
    source = Path(theirs.format_path(theirs.source_directory, ".", assignment))
    if not source.is_dir():
        raise UsageError(f"No {source}: the assignment's notebook and its files should be there.")
    shutil.copytree(source, course / "source" / assignment, ignore=LEFT)
    ours = copy.deepcopy(config)
    ours.CourseDirectory = Config(
        root=str(course), course_id=theirs.course_id, db_url=f"sqlite:///{course / 'gradebook.db'}"
    )
    begin_gradebook(course / "gradebook.db")
    directory = CourseDirectory(config=ours)
    directory.assignment_id = assignment
    with quiet() as log:
        try:
            GenerateAssignment(coursedir=directory, config=ours).start()
        except (Exception, SystemExit) as error:  # nbgrader's converters have their own
            reason = (log or [str(error)])[-1].splitlines()[0]
            raise UsageError(f"nbgrader can't generate {assignment}: {reason}") from error
        return load(directory, assignment)


def pack(root: Path, out: Path) -> None:
    """Zip what is in a folder, not the folder: the same content gives the same bytes."""
    part = out.with_name(f".{out.name}.part")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as bundle:
            for path in sorted(path for path in root.rglob("*") if path.is_file()):
                entry = zipfile.ZipInfo(path.relative_to(root).as_posix(), (2020, 2, 2, 0, 0, 0))
                entry.compress_type = zipfile.ZIP_DEFLATED
                runs = path.name in ("setup.sh", "run_autograder")
                entry.external_attr = (0o755 if runs else 0o644) << 16
                bundle.writestr(entry, path.read_bytes())
        part.replace(out)
    except OSError as error:
        raise UsageError(f"Can't write {out} ({error.strerror}).") from error
