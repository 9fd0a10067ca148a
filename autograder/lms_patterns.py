"""Finds each student's files in what Canvas, Moodle and Gradescope export, by their names there.

Where the patterns stand: Canvas's in instructure/canvas-lms, lib/content_zipper.rb (get_filename,
add_upload_submission); Moodle's in moodle/moodle, mod/assign/classes/downloader.php, and before 4.1
with one more `_` in mod/assign/locallib.php (download_submissions); Gradescope's in what its users'
programs read of submission_metadata.yml, as it has no public description.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import yaml
from dateutil.parser import parse as parse_time

from autograder import UsageError
from autograder.intake import MAX_FOLDERS, entries
from autograder.lms_roster import Who

METADATA = "submission_metadata.yml"
MAX_METADATA = 64 * 2**20
# lastname_LATE_12345_678910_file: name of the user, number of the user, number of the file
CANVAS = re.compile(r"(?:(.*?)_)?(LATE_)?([0-9]+)_([0-9]+)_(.+)", re.DOTALL)
BLIND = re.compile(r"(LATE_)?(anon_[0-9A-Za-z]+)_([0-9]+)_(.+)", re.DOTALL)
TYPED = re.compile(r".*_(text|link)\.html")
# Full Name_1234567_assignsubmission_file_: name of the user or group, number in the assignment
MOODLE = re.compile(r"(.+?)(?:_([0-9]+))?_assignsubmission_(file|onlinetext)(?:_(.*))?", re.DOTALL)
FORMS = (
    "Canvas's lastname_12345_678910_lab.ipynb, Moodle's “Full Name_1234567_assignsubmission_file_” "
    f"folders, or Gradescope's submission_123456 folders with {METADATA}"
)


@dataclass(frozen=True)
class Handed:
    """One submission in an export: whose, as it says itself, and the files by their own names."""

    label: str  # what the export calls it
    people: tuple[Who, ...]  # more than one where a group handed in
    files: dict[str, Path]
    when: datetime | None = None  # in UTC
    late: bool = False
    ages: dict[str, int] = field(default_factory=dict)  # the higher, the newer a file
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Found:
    """What is in an export: of which system, the submissions, and what is none and why."""

    system: str
    handed: list[Handed]
    left: dict[str, str]


def find(root: Path) -> Found:
    """The submissions in an unpacked export, in a folder of its own or not. Raises UsageError."""
    inside = entries(root)
    names = [entry.name for entry in inside]
    if METADATA in names:
        return gradescope(root)
    if any(MOODLE.fullmatch(name) for name in names):
        return moodle(root)
    if any(canvas_name(entry.name) for entry in inside if entry.is_file()):
        return canvas(root)
    if len(inside) == 1 and inside[0].is_dir():
        return find(inside[0])
    raise UsageError(f"{root.name} isn't a download of submissions as known here: {FORMS}.")


def canvas_name(name: str) -> tuple[str, bool, str, int, str] | None:
    """A file's parts in Canvas: user's name, late, user's number, file's number, file's own name.

    As Canvas itself reads them when graded files come back, the first numbers are the user's and
    the file's. A user of an anonymous assignment has `anon_…` for both name and number.
    """
    if match := BLIND.fullmatch(name):
        return "", bool(match[1]), match[2], int(match[3]), match[4]
    if match := CANVAS.fullmatch(name):
        return match[1] or "", bool(match[2]), match[3], int(match[4]), match[5]
    return None


def canvas(root: Path) -> Found:
    """The submissions in a folder as Canvas zips it: one file beside the other."""
    found: dict[str, Handed] = {}
    left = {}
    for entry in entries(root):
        parts = canvas_name(entry.name) if entry.is_file() else None
        if parts is None or not is_plain(parts[4]):
            typed = TYPED.fullmatch(entry.name)
            left[entry.name] = (
                "was typed into Canvas, not uploaded" if typed else "has no name of Canvas's"
            )
            continue
        name, late, user, age, file = parts
        label = f"{name}_{user}" if name else user
        one = found.get(label) or Handed(label, (Who(name, lms=user),), {})
        newest = age >= max(one.ages.values(), default=0)
        notes = one.notes
        if file in one.files:
            notes += (f"{file} was handed in more than once: the newest counts",)
        if age >= one.ages.get(file, 0):
            files, ages = {**one.files, file: entry}, {**one.ages, file: age}
            one = replace(one, files=files, ages=ages)
        found[label] = replace(one, late=late if newest else one.late, notes=notes)
    return Found("Canvas", list(found.values()), left)


def moodle(root: Path) -> Found:
    """The submissions in a folder as Moodle zips it: a folder for each, or flat where so set."""
    found: dict[str, Handed] = {}
    left = {}
    for entry in entries(root):
        match = MOODLE.fullmatch(entry.name)
        if match is None or entry.is_dir() == bool(match[4]):
            left[entry.name] = "has no name of Moodle's"
        elif match[3] == "onlinetext":
            left[entry.name] = "was typed into Moodle, not uploaded"
        else:
            files = dict(below(entry)) if entry.is_dir() else {match[4]: entry}
            label = f"{match[1]}_{match[2]}" if match[2] else match[1]
            one = found.get(label) or Handed(
                label, (Who(match[1], participant=match[2] or ""),), {}
            )
            found[label] = replace(one, files=one.files | files)
    return Found("Moodle", list(found.values()), left)


def gradescope(root: Path) -> Found:
    """The submissions in a folder as Gradescope exports it. Raises UsageError."""
    path = root / METADATA
    handed, left = [], {}
    records = metadata(path)
    for name, record in records.items():
        if not (root / name).is_dir():
            left[name] = f"is in {METADATA}, but there is no such folder"
            continue
        people = tuple(
            Who(entry(one, "name"), school=entry(one, "sid"), email=entry(one, "email"))
            for one in record.get("submitters") or ()
        )
        earlier = len(record.get("history") or ())
        notes = (f"attempt {earlier + 1}: the one active in Gradescope counts",) if earlier else ()
        when = moment(record.get("created_at"))
        handed.append(Handed(name, people, dict(below(root / name)), when, notes=notes))
    for other in entries(root):
        if other.name not in records and other.name != METADATA:
            left[other.name] = f"isn't in {METADATA}"
    return Found("Gradescope", handed, left)


class Symbols(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    """Reads YAML as Ruby writes it; what has a tag of Ruby's is read as nothing."""


Symbols.add_multi_constructor("!", lambda loader, tag, node: None)
Symbols.add_multi_constructor("tag:", lambda loader, tag, node: None)


def metadata(path: Path) -> dict[str, dict]:
    """Gradescope's records by folder, without the colons of Ruby's symbols. Raises UsageError."""
    again = "download the export again, and give it as it is"
    try:
        with path.open("rb") as file:
            data = file.read(MAX_METADATA + 1)
        if len(data) > MAX_METADATA:
            raise UsageError(f"{path.name} is over {MAX_METADATA // 2**20} MB: {again}.")
        found = yaml.load(data, Symbols)
        if not isinstance(found, dict):
            raise ValueError("no table of submissions")
        return {
            str(name): {str(k).lstrip(":"): value for k, value in record.items()}
            for name, record in found.items()
            if isinstance(record, dict) and is_plain(str(name))
        }
    except (OSError, ValueError, RecursionError, yaml.YAMLError) as error:
        reason = str(error).splitlines()[0]
        raise UsageError(f"{path.name} can't be read ({reason}): {again}.") from error


def entry(record: object, name: str) -> str:
    """A text in a record of Gradescope's; empty if there is none."""
    if not isinstance(record, dict):
        return ""
    value = record.get(f":{name}", record.get(name))
    return "" if value is None else str(value).strip()


def moment(value: object) -> datetime | None:
    """A time that Gradescope tells, in UTC; None if it can't be read."""
    try:
        when = value if isinstance(value, datetime) else parse_time(str(value)) if value else None
    except (ValueError, OverflowError):
        return None
    return when and (when.astimezone(UTC) if when.tzinfo else when.replace(tzinfo=UTC))


def is_plain(name: str) -> bool:
    """Whether a name is that of one file or folder, and of none above."""
    return name not in ("", ".", "..") and not {"/", "\\", "\0"} & set(name)


def below(folder: Path, inner: str = "", levels: int = MAX_FOLDERS) -> Iterator[tuple[str, Path]]:
    """The files in a folder and in those below it, by their path there; no links."""
    for one in entries(folder):
        if one.is_file():
            yield f"{inner}{one.name}", one
        elif levels:
            yield from below(one, f"{inner}{one.name}/", levels - 1)
