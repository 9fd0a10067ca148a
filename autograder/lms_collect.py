"""Fills nbgrader's submitted folder from what Canvas, Moodle or Gradescope export.

Each submission goes to the student of the roster whose it is for certain; all others are told, with
what to do. What is there already stays, unless what comes is known to be newer. Run twice, it
changes nothing.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

from dateutil.parser import parse as parse_time
from nbgrader.coursedir import CourseDirectory

from autograder import UsageError
from autograder.intake import is_notebook, notebooks_below, rank, unzip
from autograder.lms_fill import KEPT, STATES, fill, record_folder, recorded, write_record
from autograder.lms_patterns import Found, Handed, find
from autograder.lms_roster import Person, Roster, Unmatched


@dataclass
class Collected:
    """What collecting came to: by student what was done and notes, by submission why nothing."""

    system: str
    done: dict[str, str] = field(default_factory=dict)
    notes: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    unmatched: dict[str, str] = field(default_factory=dict)
    left: dict[str, str] = field(default_factory=dict)
    nothing: list[str] = field(default_factory=list)  # who handed in nothing

    @property
    def complete(self) -> bool:
        """Whether nothing waits for the instructor."""
        return not self.unmatched and KEPT not in self.done.values()


def collect(
    directory: CourseDirectory,
    export: Path,
    roster: Roster,
    *,
    matches: Mapping[str, str] | None = None,
    zone: ZoneInfo | None = None,
    over: bool = False,
) -> Collected:
    """Put an export's submissions into `directory`'s submitted folder.

    `matches` says whose a submission is, by the name it has in the export; `zone` is that of the
    times in Moodle's worksheet; `over` lets what comes replace what is there. Raises UsageError.
    """
    names = notebook_names(directory)
    with TemporaryDirectory(prefix="collect-") as scratch:
        root, unsafe = export, []
        if export.is_file():
            unsafe = unzip(export, root := Path(scratch), lambda name: True)
        elif not export.is_dir():
            raise UsageError(f"No {export}: give the zip or folder that was downloaded.")
        found = find(root)
        collected = Collected(found.system, left=dict(found.left))
        collected.left |= dict.fromkeys(unsafe, "has a name that leads out of the zip, or is none")
        pairs = matched(found, roster, matches or {}, collected)
        folder = record_folder(directory)
        known = recorded(folder, directory.assignment_id)
        for person, handed in sorted(pairs.items(), key=lambda pair: pair[0].id):
            handed = timed(handed, person, found, zone, collected)
            handed = newest(handed, names, collected.notes[person.id])
            state = fill(directory, person.id, handed, known, over, collected.notes[person.id])
            collected.done[person.id] = state
            if handed.late and state != KEPT:
                when = "" if handed.when else ", but not when: no points are taken off for it"
                collected.notes[person.id].append(f"LATE, says {found.system}{when}")
        write_record(folder, directory.assignment_id, known)
    collected.nothing = [p.id for p in roster.people if p.id not in collected.done]
    return collected


def matched(
    found: Found, roster: Roster, matches: Mapping[str, str], collected: Collected
) -> dict[Person, Handed]:
    """Whose each submission is; who has none for certain is put among `collected.unmatched`."""
    people = {person.id: person for person in roster.people}
    labels = {handed.label for handed in found.handed}
    for label, student in matches.items():
        if label not in labels or student not in people:
            known = "no submission of that name" if label not in labels else "no such student"
            raise UsageError(f"--match {label}={student}: there is {known}; use names as printed.")
    claims: dict[Person, list[Handed]] = defaultdict(list)
    for handed in found.handed:
        if handed.label in matches:
            claims[people[matches[handed.label]]].append(handed)
            continue
        if not handed.people:
            collected.unmatched[handed.label] = "names nobody"
        for who in handed.people:
            try:
                person = roster.match(who)
            except Unmatched as reason:
                name = f" ({who.name})" if who.name and who.name not in handed.label else ""
                collected.unmatched[handed.label] = f"{reason}{name}"
                continue
            claims[person].append(handed)
            if not person.fits(who):
                collected.notes[person.id].append(f"{handed.label} was matched by name only")
            if len(handed.people) > 1:
                collected.notes[person.id].append(f"a group handed in {handed.label}")
    return dict(one_each(claims, collected))


def one_each(
    claims: Mapping[Person, list[Handed]], collected: Collected
) -> Iterator[tuple[Person, Handed]]:
    """Of a student's several submissions the newest; none where that can't be told."""
    for person, several in claims.items():
        times = [handed.when for handed in several]
        if len(several) > 1 and (None in times or times.count(max(times)) > 1):
            for handed in several:
                others = ", ".join(other.label for other in several if other is not handed)
                collected.unmatched[handed.label] = f"is {person.id}'s, and so is {others}"
            continue
        last = several[times.index(max(times))] if len(several) > 1 else several[0]
        for handed in several:
            if handed is not last:
                note = f"{handed.label} is older than {last.label}, which counts"
                collected.notes[person.id].append(note)
        yield person, last


def timed(
    handed: Handed, person: Person, found: Found, zone: ZoneInfo | None, collected: Collected
) -> Handed:
    """The submission with what a Moodle worksheet tells of its time."""
    if found.system != "Moodle":
        return handed
    when = None
    if zone is not None and person.modified not in ("", "-"):
        try:
            when = parse_time(person.modified).replace(tzinfo=zone).astimezone(UTC)
        except (ValueError, OverflowError):
            collected.notes[person.id].append(f"the time {person.modified!r} can't be read")
    return replace(handed, when=when, late=person.late)


def notebook_names(directory: CourseDirectory) -> list[str]:
    """What the assignment's notebooks are called. Raises UsageError where the course has none."""
    assignment = directory.assignment_id
    for step in (directory.source_directory, directory.release_directory):
        folder = Path(directory.format_path(step, ".", assignment))
        if names := sorted(path.stem for path in notebooks_below(folder, 0)):
            return names
    raise UsageError(
        f"No assignment {assignment!r} in {directory.root}: its notebook should be in "
        f"{directory.format_path(directory.source_directory, '.', assignment)}."
    )


def newest(handed: Handed, names: list[str], notes: list[str]) -> Handed:
    """The submission with only the newest of what was uploaded as one notebook, under its name."""
    files = dict(handed.files)
    exact = {name.casefold() for name in names}
    for name in names:
        mine = [
            file
            for file in files
            if is_notebook(file) and "/" not in file and rank(Path(file).stem, name) is not None
            if Path(file).stem.casefold() not in exact - {name.casefold()}
        ]
        if not handed.ages or not mine:
            continue
        last = max(mine, key=lambda file: handed.ages[file])
        if len(mine) > 1:
            notes.append(f"{len(mine)} attempts ({', '.join(sorted(mine))}): {last}, the newest")
        path = files[last]
        for file in mine:
            del files[file]
        files[f"{name}.ipynb"] = path
    return replace(handed, files=files)


def told(collected: Collected) -> Iterator[str]:
    """What to print, line by line."""
    states = list(collected.done.values())
    counts = ", ".join(f"{states.count(s)} {s}" for s in STATES if s in states)
    yield f"{len(states)} students handed in on {collected.system}: {counts or 'none'}."
    for student, notes in sorted(collected.notes.items()):
        for note in notes:
            yield f"{student} ⚑ {note}"
    for label, reason in collected.unmatched.items():
        yield f"NOT COLLECTED {label}: {reason}; if you know whose it is, add --match '{label}=ID'"
    for name, reason in collected.left.items():
        yield f"left out {name}: {reason}"
    if collected.nothing:
        yield f"{len(collected.nothing)} handed in nothing: {', '.join(collected.nothing)}"
