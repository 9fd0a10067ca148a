"""Finds the submitted notebooks in a folder or zip, and reads each so that it can be graded."""

import os
import re
import stat
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path, PurePosixPath
from zipfile import BadZipFile, ZipFile, ZipInfo

from autograder import UsageError
from autograder.mend import SHOWN, Submission, answered, mend
from autograder.recognize import Original
from autograder.salvage import MAX_BYTES, salvage
from autograder.sound import Unreadable

__all__ = ["MAX_BYTES", "Submission", "Unreadable", "find", "read", "submitted_notebooks", "unzip"]

MAX_TOTAL = 4 * 2**30  # bytes that a zip may unpack to
MAX_BULK = 2**30  # the same if they are more than so many times the zip's own
MAX_RATIO = 200
MAX_MEMBERS = 20_000
MAX_NAME = 255  # bytes, as file systems have it
MAX_FOLDERS = 20  # in each other
SKIPPED = ("__MACOSX", "__pycache__")
# How browsers, Canvas, Jupyter, Windows, macOS and Google Drive call another copy of a file.
DOWNLOAD = r" ?\(([0-9]{1,9})\)|-([0-9]{1,3})"
COPY = r"-Copy([0-9]{0,9})|(?: -)? copy(?: \(?([0-9]{1,9})\)?)?"
NAME = re.compile(rf"(Copy of )?(.+?)(?:{DOWNLOAD}|{COPY})?", re.IGNORECASE | re.DOTALL)
NUMBERED = re.compile(r"( ?\([0-9]+\)|-Copy[0-9]*)$")


def is_notebook(file: str) -> bool:
    """Whether a file is called a notebook."""
    return file.casefold().endswith(".ipynb")


def unzip(archive: Path, folder: Path, takes: Callable[[str], bool] = is_notebook) -> list[str]:
    """Take the notebooks out of a zip, or what `takes` says, never outside `folder`.

    What it would take but for its unsafe name or kind is returned. Raises UsageError.
    """
    try:
        with ZipFile(archive) as members:
            files = [m for m in members.infolist() if not m.is_dir() and takes(name_of(m))]
            wanted = [member for member in files if is_safe(member)]
            check_size(archive, wanted)
            for member in wanted:
                target = folder.joinpath(*parts_of(member))
                if any(parent.is_file() for parent in target.parents) or target.is_dir():
                    continue  # a file and a folder of one name
                target.parent.mkdir(parents=True, exist_ok=True)
                with members.open(member) as data:
                    target.write_bytes(data.read(MAX_BYTES + 1))
    except (BadZipFile, OSError, NotImplementedError, RuntimeError, zlib.error) as error:
        raise UsageError(f"Can't open {archive} as a zip ({error}): make it anew.") from error
    return [name_of(member) for member in files if not is_safe(member)]


def name_of(member: ZipInfo) -> str:
    """A member's name; as UTF-8 where it is, though the zip's maker (as Canvas) didn't say so."""
    if member.flag_bits & 0x800:
        return member.filename
    try:
        return member.filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return member.filename


def parts_of(member: ZipInfo) -> tuple[str, ...]:
    """The folders and the file of a member's name."""
    return PurePosixPath(name_of(member).replace("\\", "/")).parts


def is_safe(member: ZipInfo) -> bool:
    """Whether a member is no link, and of a name that stays within a folder."""
    parts = parts_of(member)
    link = stat.S_ISLNK(member.external_attr >> 16)
    outside = ".." in parts or parts[:1] in ((), ("/",), ("//",)) or ":" in name_of(member)
    absurd = len(parts) > MAX_FOLDERS or any(
        len(os.fsencode(part)) > MAX_NAME or not part.isprintable() for part in parts
    )
    return not (link or outside or absurd)


def check_size(archive: Path, members: Sequence[ZipInfo]) -> None:
    """Refuse a zip that is made to fill the disk. Raises UsageError."""
    total = sum(min(member.file_size, MAX_BYTES) for member in members)  # what is taken of each
    ratio = total / archive.stat().st_size
    if len(members) > MAX_MEMBERS or total > MAX_TOTAL or (total > MAX_BULK and ratio > MAX_RATIO):
        what = "notebooks" if all(is_notebook(name_of(member)) for member in members) else "files"
        raise UsageError(
            f"{archive} would unpack to {len(members)} {what} of {total / 1e6:,.0f} MB: unpack "
            "it yourself if you trust it, and give the folder."
        )


def find(path: Path, lab: str, scratch: Path) -> dict[str, Path]:
    """Each student's notebook in a folder or zip; a student's folder itself where none is clear.

    Students are named by their file, or by their folder where there is one. Raises UsageError.
    """
    if not path.exists():
        raise UsageError(f"No {path}: give the folder or zip with the submitted notebooks.")
    root = path
    if path.is_file():
        if is_notebook(path.name):
            return {path.stem: path}
        unzip(path, root := scratch)
    while (inner := only_wrapper(root, lab)) is not None:
        root = inner
    found = {}
    for entry in entries(root):
        if entry.is_dir():
            found[entry.name] = submitted_notebooks(entry, [lab])[lab] or entry
        elif is_notebook(entry.name):
            found[entry.stem] = entry
    if not any(file.is_file() for file in found.values()):
        raise UsageError(
            f"No notebook in {path}: it should hold alice.ipynb or alice/{lab}.ipynb "
            "for each student."
        )
    return found


def entries(folder: Path) -> list[Path]:
    """The folders and files in a folder by name: nothing hidden, no links, none if it is closed."""
    try:
        return [
            entry
            for entry in sorted(folder.iterdir())
            if not entry.name.startswith(".")
            and entry.name not in SKIPPED
            and not entry.is_symlink()
            and (entry.is_dir() or entry.is_file())
        ]
    except OSError:
        return []


def only_wrapper(root: Path, lab: str) -> Path | None:
    """The single folder in `root` that isn't a student's own but holds all of theirs."""
    inside = entries(root)
    if len(inside) != 1 or not inside[0].is_dir() or inside[0].name == lab:
        return None
    children = entries(inside[0])
    own = any(c.name == lab or rank(c.stem, lab) is not None for c in children)
    return None if own or not children else inside[0]


def submitted_notebooks(folder: Path, names: Sequence[str]) -> dict[str, Path | None]:
    """Which file below a submission's folder is which of the assignment's notebooks.

    A file nearer to the top counts for more than one below; then the latest download, the exact
    name, another letter case, a copy made in Jupyter. Where the assignment has one notebook, the
    only file there is will do. Links are never followed.
    """
    files = list(notebooks_below(folder))
    others = {name.casefold() for name in names}
    found: dict[str, Path | None] = {}
    for name in names:
        ranked = [
            (-len(file.parts), order, str(file), file)
            for file in files
            if (order := rank(file.stem, name)) is not None
            and file.stem.casefold() not in others - {name.casefold()}
        ]
        found[name] = max(ranked)[-1] if ranked else None
    if len(names) == len(files) == 1:
        found[names[0]] = files[0]
    return found


def notebooks_below(folder: Path, levels: int = MAX_FOLDERS) -> Iterator[Path]:
    """The notebooks in a folder and in those below it."""
    for entry in entries(folder):
        if entry.is_dir():
            yield from notebooks_below(entry, levels - 1) if levels else ()
        elif is_notebook(entry.name):
            yield entry


def rank(stem: str, name: str) -> tuple[int, int] | None:
    """How much a file's name counts as a notebook's, the more the higher; None if it is none."""
    if stem.casefold() == name.casefold():
        return 0, int(stem == name)
    match = NAME.fullmatch(stem)
    if match is None or match[2].casefold() != name.casefold():
        return None
    if number := match[3] or match[4]:
        return 1, int(number)
    return -1, int(match[5] or match[6] or 0)


def beside(path: Path) -> list[str]:
    """The files beside a notebook that differ from it only in a copy's number; itself too."""
    name = NUMBERED.sub("", path.stem).casefold()
    return sorted(
        file
        for file in os.listdir(path.parent)
        if is_notebook(file) and NUMBERED.sub("", Path(file).stem).casefold() == name
    )


def read(path: Path, original: Original) -> Submission:
    """A submission of one of a course's notebooks, made whole. Raises Unreadable.

    Of a merge's two sides, the one with more answers counts.
    """
    if path.is_dir():
        raise Unreadable("No notebook of this lab in the folder: submit one .ipynb file.")
    try:
        with path.open("rb") as file:
            found = salvage(file.read(MAX_BYTES + 1))
        copies = beside(path)
    except OSError as error:
        raise Unreadable(f"The file can't be read ({error.strerror}): submit it again.") from error
    made, reason = [], ""
    for one in found:
        try:
            whole = mend(one.notebook, original)
        except Unreadable as error:
            reason = one.damage or str(error)
        else:
            made.append(Submission(whole.notebook, (*one.flags, *whole.flags)))
    if not made:
        raise Unreadable(reason)
    best = max(made, key=lambda one: answered(one, original))
    if len(copies) > 1:
        told = f"Copies were submitted ({', '.join(copies[:SHOWN])}): {path.name} counts."
        best = Submission(best.notebook, (told, *best.flags))
    return best
