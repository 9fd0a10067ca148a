"""Brings students' submitted folders up to date, and never makes one older without telling."""

import filecmp
import json
import os
import shutil
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from tempfile import mkdtemp

from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import parse_utc

from autograder import UsageError
from autograder.intake import MAX_BYTES, is_notebook
from autograder.lms_patterns import Handed

STAMP = "timestamp.txt"  # nbgrader's: when a submission was handed in
NEW, NEWER, SAME, OLDER, KEPT = STATES = (
    "new", "replaced by newer ones", "unchanged", "newer already", "kept, see below",
)  # fmt: skip


def fill(
    directory: CourseDirectory, student: str, handed: Handed, known: dict, over: bool,
    notes: list[str],
) -> str:  # fmt: skip
    """Bring one student's folder up to date; what became of it, one of STATES.

    `known` has by student what was collected last, and is brought up to date, too. Raises
    UsageError.
    """
    notes += handed.notes
    where = directory.format_path(directory.submitted_directory, student, directory.assignment_id)
    target = Path(where)
    record = {"late": handed.late, "newest": max(handed.ages.values(), default=0)}
    part = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        part = Path(mkdtemp(prefix=".part-", dir=target.parent))
        copy(handed, part, notes)
        part.chmod(0o755)
        state = compared(part, target, record, known.get(student), over)
        if state == NEWER:
            notes.append(f"what was there is in {aside(directory, student, target)} now")
        if state in (NEW, NEWER):
            os.replace(part, target)
    except OSError as error:
        raise UsageError(f"Can't write {target} ({error.strerror}).") from error
    finally:
        if part is not None:
            shutil.rmtree(part, ignore_errors=True)
    if state == KEPT:
        notes.append(
            f"{target} has other files, and nothing says which are newer: it stays; to replace it "
            f"by {handed.label} add --replace"
        )
    elif state == OLDER:
        notes.append(f"{handed.label} is older than what is there: that stays")
    else:
        known[student] = record
    return state


def copy(handed: Handed, folder: Path, notes: list[str]) -> None:
    """Write a submission's files, and when it was handed in."""
    if not any(is_notebook(file) for file in handed.files):
        there = ", ".join(sorted(handed.files)) or "nothing"
        notes.append(f"handed in no notebook: {there}")
    for name, path in handed.files.items():
        if name.casefold() == STAMP:
            notes.append(f"left out, as nbgrader would take it for the time: {name}")
        elif path.stat().st_size > MAX_BYTES and not is_notebook(name):
            notes.append(f"left out, over {MAX_BYTES // 2**20} MB: {name}")
        else:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, folder / name)
    if handed.when:
        text = handed.when.strftime("%Y-%m-%d %H:%M:%S.%f UTC")  # as nbgrader's exchange has it
        (folder / STAMP).write_text(text, encoding="utf-8")


def compared(part: Path, target: Path, record: dict, before: dict | None, over: bool) -> str:
    """What becomes of a student's folder, by the times in both or Canvas's numbers of files."""
    if not target.exists() and not target.is_symlink():
        return NEW
    if target.is_symlink():
        return KEPT
    if same(part, target):
        return SAME
    pairs = [(stamp(part), stamp(target)), (record["newest"], (before or {}).get("newest"))]
    known = [(ours, theirs) for ours, theirs in pairs if ours and theirs and ours != theirs]
    if over or (known and known[0][0] > known[0][1]):
        return NEWER
    return OLDER if known else KEPT


def same(one: Path, other: Path) -> bool:
    """Whether two folders hold the same files."""
    files = {path.relative_to(one) for path in one.rglob("*") if path.is_file()}
    return files == {p.relative_to(other) for p in other.rglob("*") if not p.is_dir()} and all(
        filecmp.cmp(one / path, other / path, shallow=False) for path in files
    )


def stamp(folder: Path) -> datetime | None:
    """When what is in a folder was handed in, where that can be read."""
    try:
        return parse_utc((folder / STAMP).read_text(encoding="utf-8").strip())
    except (OSError, ValueError, OverflowError):
        return None


def aside(directory: CourseDirectory, student: str, target: Path) -> Path:
    """Move a folder that is replaced to where nothing of it is lost."""
    home = record_folder(directory).parent / "replaced" / directory.assignment_id
    number = 1
    while (place := home / f"{student}-{number}").exists():
        number += 1
    home.mkdir(parents=True, exist_ok=True)
    shutil.move(target, place)
    return place


def record_folder(directory: CourseDirectory) -> Path:
    """Where it is kept what was collected: beside the engine's results."""
    autograded = Path(directory.format_path(directory.autograded_directory, "x", "y"))
    return autograded.parents[2] / ".greenlab/collected"


def recorded(folder: Path, assignment: str) -> dict[str, dict]:
    """By student what was collected last: whether it was late, and its newest file's number."""
    try:
        found = json.loads((folder / f"{assignment}.json").read_text(encoding="utf-8"))
        return {s: r for s, r in found.items() if isinstance(r, dict)}
    except (OSError, ValueError, AttributeError):
        return {}


def write_record(folder: Path, assignment: str, known: Mapping[str, dict]) -> None:
    """Keep what was collected, whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f".{assignment}.part"
    part.write_text(json.dumps(known, indent=1, sort_keys=True), encoding="utf-8")
    os.replace(part, folder / f"{assignment}.json")
