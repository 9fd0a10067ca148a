"""Build what students get: python -m autograder.student writes dist/green-ai-labs-student.zip."""

from __future__ import annotations

import importlib.metadata as metadata
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
NAME = "green-ai-labs-student"
# Where a student may install; a requirement counts when one of these needs it.
PLATFORMS = [
    {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix"},
    {"sys_platform": "darwin", "platform_system": "Darwin", "os_name": "posix"},
    {"sys_platform": "win32", "platform_system": "Windows", "os_name": "nt"},
]


def needed(
    name: str, extras: frozenset[str] = frozenset(), platforms: list[dict[str, str]] = PLATFORMS
) -> set[str]:
    """Canonical names of all that `name[extras]` needs, directly or not, on some of `platforms`.

    What needs a distribution that is not installed here is followed no further.
    """
    seen: set[tuple[str, frozenset[str]]] = set()
    waiting = [(name, extras)]
    while waiting:
        current = waiting.pop()
        if current in seen:
            continue
        seen.add(current)
        waiting += list(_requirements(*current, platforms))
    return {canonicalize_name(found) for found, _ in seen} - {canonicalize_name(name)}


def _requirements(
    name: str, extras: frozenset[str], platforms: list[dict[str, str]]
) -> Iterator[tuple[str, frozenset[str]]]:
    try:
        lines = metadata.requires(name) or []
    except metadata.PackageNotFoundError:
        return
    environments = [{**one, "extra": extra} for one in platforms for extra in extras | {""}]
    for requirement in map(Requirement, lines):
        marker = requirement.marker
        if marker is None or any(marker.evaluate(one) for one in environments):
            yield canonicalize_name(requirement.name), frozenset(requirement.extras)


def student_pins(constraints: str) -> str:
    """The lines of a constraints file that an install without extras can need."""
    names = needed("green-ai-labs")
    lines = [line for line in constraints.splitlines() if "==" in line]
    kept = [line for line in lines if canonicalize_name(line.split("==")[0]) in names]
    return "# The versions of this semester.\n" + "\n".join(kept) + "\n"


def build_wheel(folder: Path) -> Path:
    """The package as a wheel in `folder`. Raises CalledProcessError with pip's words above."""
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*command, "--wheel-dir", str(folder), str(ROOT)], check=True)
    return next(folder.glob("green_ai_labs-*.whl"))


def write_zip(folder: Path, target: Path) -> None:
    """Zip `folder` under its own name: the same content gives the same bytes."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as bundle:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            name = path.relative_to(folder.parent).as_posix()
            entry = zipfile.ZipInfo(name, (2020, 2, 2, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (0o755 if path.name == "start.py" else 0o644) << 16
            bundle.writestr(entry, path.read_bytes())


def build(dist: Path = ROOT / "dist", labs: Path = ROOT / "labs") -> Path:
    """Write the students' folder and zip into `dist`; the zip.

    Raises FileNotFoundError when there are no labs to give, CalledProcessError from the wheel.
    """
    if not any(labs.glob("*/*.ipynb")):
        raise FileNotFoundError(f"no notebooks in {labs}; build them with: make labs")
    folder = dist / NAME
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    wheel = build_wheel(folder)
    shutil.copytree(labs, folder / "labs", ignore=shutil.ignore_patterns(".*", "__pycache__"))
    shutil.copy(ROOT / "student" / "start.py", folder)
    readme = (ROOT / "student" / "README.md").read_text(encoding="utf-8")
    (folder / "README.md").write_text(re.sub(r"\{wheel\}", wheel.name, readme), encoding="utf-8")
    constraints = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    (folder / "constraints.txt").write_text(student_pins(constraints), encoding="utf-8")
    target = dist / f"{NAME}.zip"
    write_zip(folder, target)
    return target


def main() -> int:
    """Build into dist/ and say what came out."""
    try:
        bundle = build()
    except FileNotFoundError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{bundle} ({bundle.stat().st_size / 1e6:.1f} MB), for students: unzip, then start.py")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
