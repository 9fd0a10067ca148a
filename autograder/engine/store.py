"""What has been graded already, by content: the same work under the same rules is run once.

A result is a file named by the hash of all that it depends on, written whole or not at all, so a
grader that is killed at any moment goes on where it was.
"""

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import cache
from pathlib import Path
from tempfile import NamedTemporaryFile

from autograder.engine.judge import Cell


def key(
    cells: Sequence[Cell],
    files: Path | None,
    place: Path | None,
    limits: Mapping[str, float],
    isolate: bool,
) -> str:
    """The name of a result: a hash of the submission, the tests, the limits and the versions."""
    rest = [dict(limits), isolate, digest(files), digest(place), versions()]
    text = json.dumps([[asdict(cell) for cell in cells], *rest], sort_keys=True)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def digest(folder: Path | None) -> str:
    """A hash of the regular files in a folder and their names; links and notebooks don't count."""
    total = hashlib.sha256()
    for path in sorted(folder.rglob("*")) if folder is not None else ():
        if path.is_file() and not path.is_symlink() and path.suffix != ".ipynb":
            name = str(path.relative_to(folder)).encode("utf-8", "surrogateescape")
            total.update(b"%d:%s%d:" % (len(name), name, path.stat().st_size))
            with path.open("rb") as file:
                total.update(hashlib.file_digest(file, "sha256").digest())
    return total.hexdigest()


@cache
def versions() -> str:
    """A hash of the code that grades and that students import, and the versions below it."""
    from importlib.metadata import version

    import greenlab

    total = hashlib.sha256(f"{version('torch')} {version('numpy')}".encode())
    for folder in (Path(__file__).parent, Path(greenlab.__file__).parent):
        for path in sorted(folder.rglob("*.py")):
            total.update(path.read_bytes())
    return total.hexdigest()


class Store:
    """Verdicts on disk, one file a result; a broken file counts as none."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def get(self, key: str) -> list[dict] | None:
        """The verdicts under a key, if they are there."""
        try:
            return json.loads(self.path(key).read_text(encoding="utf-8"))["verdicts"]
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def put(self, key: str, verdicts: list[dict]) -> None:
        """Keep verdicts, so that they are there whole even after a loss of power."""
        with NamedTemporaryFile(
            "w", dir=self.folder, suffix=".part", delete=False, encoding="utf-8"
        ) as file:
            json.dump({"verdicts": verdicts}, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(file.name, self.path(key))

    def path(self, key: str) -> Path:
        return self.folder / f"{key}.json"
