"""Builds solutions/labN_topic.py into the notebook that students get, through nbgrader itself."""

import hashlib
import re
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path
from shutil import rmtree
from tempfile import TemporaryDirectory

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from traitlets.config import Config

from autograder import ROOT, SOLUTIONS
from autograder.checks import check
from autograder.nbgrader_config import configure
from autograder.source import BuildError, Cell, Faults, parse

__all__ = ["BuildError", "build", "expand", "generate", "read_source", "stale", "write"]

METADATA = {
    "kernelspec": {
        "display_name": "Python 3 (ipykernel)",
        "language": "python",
        "name": "python3",
    },
    "language_info": {
        "codemirror_mode": {"name": "ipython", "version": 3},
        "file_extension": ".py",
        "mimetype": "text/x-python",
        "name": "python",
        "nbconvert_exporter": "python",
        "pygments_lexer": "ipython3",
    },
}
# role: (grade, solution, locked)
NBGRADER = {
    "solution": (False, True, False),
    "tests": (True, False, True),
    "answer": (True, True, False),
    "given": (False, False, True),
    "explore": (False, False, True),
}


def read_source(path: Path) -> list[Cell]:
    """The checked cells of a lab source. Raises BuildError with every fault found."""
    faults = Faults(path)
    cells = parse(path, faults)
    if cells:
        check(cells, faults)
    if faults:
        raise BuildError(faults.texts())
    return cells


def metadata(cell: Cell) -> dict:
    """A named cell's notebook metadata: nbgrader's (schema 3) and ours."""
    if cell.role is None:
        return {}
    ours = {"role": cell.role, "name": cell.name}
    if "without" in cell.keys:
        ours["without"] = cell.keys["without"]
    if "inside" in cell.keys:  # a test that needs the student's process
        ours["inside"] = True
    if cell.role not in NBGRADER:
        return {"greenlab": ours}
    grade, solution, locked = NBGRADER[cell.role]
    theirs = {
        "grade": grade,
        "grade_id": cell.grade_id,
        "locked": locked,
        "schema_version": 3,
        "solution": solution,
        "task": False,
    }
    if grade:
        theirs["points"] = cell.keys["points"]
    made = {"greenlab": ours, "nbgrader": theirs}
    # Without this "Run All" ends at the first exercise that isn't solved yet.
    return made | {"tags": ["raises-exception"]} if cell.role == "tests" else made


def with_facts(cell: Cell, points: dict[str, int]) -> str:
    """An exercise's text with its points, minutes and difficulty below the heading."""
    heading, _, rest = cell.source.partition("\n")
    worth, level = points[cell.name], cell.keys["difficulty"]
    facts = (
        f"*{worth} point{'s' * (worth != 1)} · about {cell.keys['minutes']} minutes"
        f" · difficulty {'●' * level}{'○' * (3 - level)}*"
    )
    return "\n\n".join(filter(None, [heading, facts, rest.strip("\n")]))


def expand(cells: list[Cell]) -> NotebookNode:
    """The instructor's notebook, with nbgrader's metadata and ids that depend on nothing else."""
    points = {c.name: c.keys["points"] for c in cells if c.role in ("tests", "answer")}
    seen: Counter[str] = Counter()
    notebook = new_notebook(metadata=METADATA)
    for cell in cells:
        if cell.grade_id is not None:
            cell_id = cell.grade_id
        else:
            cell_id = hashlib.sha256(f"{cell.type}\n{cell.source}".encode()).hexdigest()[:12]
            seen[cell_id] += 1
            if seen[cell_id] > 1:
                cell_id += f"-{seen[cell_id]}"
        new = new_code_cell if cell.type == "code" else new_markdown_cell
        text = with_facts(cell, points) if cell.role == "exercise" else cell.source
        notebook.cells.append(new(text, id=cell_id, metadata=metadata(cell)))
    return notebook


def generate(lab: str, source: NotebookNode, root: Path) -> NotebookNode:
    """The notebook for students, by nbgrader's generate_assignment in a throwaway course."""
    from nbgrader.converters import GenerateAssignment
    from nbgrader.coursedir import CourseDirectory

    write(source, root / "build/source" / lab / f"{lab}.ipynb")
    config = configure(Config(), root, root / "build/course")
    begin_gradebook(root / "build/course/gradebook.db")
    course = CourseDirectory(config=config)
    course.assignment_id = lab
    GenerateAssignment(coursedir=course, config=config).start()
    release = nbformat.read(root / "labs" / lab / f"{lab}.ipynb", as_version=4)
    release.metadata = nbformat.from_dict(METADATA)
    return release


def begin_gradebook(path: Path) -> None:
    """An empty gradebook with alembic's table, or nbgrader stamps it by a subprocess of seconds."""
    with closing(sqlite3.connect(path)) as gradebook:
        gradebook.execute("CREATE TABLE IF NOT EXISTS alembic_version (version_num VARCHAR(32))")


def write(notebook: NotebookNode, path: Path) -> None:
    """Write a notebook in one fixed form."""
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.validate(notebook)
    path.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8")


def build(path: Path, out: Path = ROOT) -> Path:
    """Build one lab source into `out`/labs and `out`/build/source. Raises BuildError."""
    lab = path.stem
    if not re.fullmatch(r"lab\d+_[a-z0-9_]+", lab):
        raise BuildError([f"{path}:1: name the file labN_topic.py, such as lab4_distillation.py"])
    source = expand(read_source(path))
    with TemporaryDirectory() as course:
        release = generate(lab, source, Path(course))
    write(source, out / "build/source" / lab / f"{lab}.ipynb")
    rmtree(out / "labs" / lab, ignore_errors=True)
    target = out / "labs" / lab / f"{lab}.ipynb"
    write(release, target)
    return target


def write_sources(out: Path = ROOT) -> None:
    """Write the source notebook of every lab, for nbgrader's own commands. Raises BuildError."""
    for path in sorted(SOLUTIONS.glob("lab*.py")):
        write(expand(read_source(path)), out / "build/source" / path.stem / f"{path.stem}.ipynb")


def register(lab: str, config: Config) -> None:
    """Bring a lab into the gradebook as its source is now, if it isn't. Raises BuildError."""
    from nbgrader.api import Gradebook, MissingEntry
    from nbgrader.converters import GenerateAssignment
    from nbgrader.coursedir import CourseDirectory

    course = CourseDirectory(config=config)
    course.assignment_id = lab
    source = expand(read_source(SOLUTIONS / f"{lab}.py"))
    write(source, Path(course.format_path(course.source_directory, ".", lab)) / f"{lab}.ipynb")
    texts = {
        c.metadata.nbgrader.grade_id: (c.source, float(c.metadata.nbgrader.get("points", 0)))
        for c in source.cells
        if c.metadata.get("nbgrader", {}).get("locked")
    }
    with Gradebook(course.db_url, course.course_id) as gradebook:
        try:
            notebook = gradebook.find_notebook(lab, lab)
            points = {cell.name: cell.max_score for cell in notebook.grade_cells}
            saved = {
                cell.name: (cell.source, points.get(cell.name, 0.0))
                for cell in notebook.source_cells
                if cell.locked
            }
        except MissingEntry:
            saved = None
    if saved != texts:
        GenerateAssignment(coursedir=course, config=config, force=True).start()


def stale(path: Path, out: Path = ROOT) -> bool:
    """Whether the lab under `out`/labs differs from what its source builds. Raises BuildError."""
    there = out / "labs" / path.stem / f"{path.stem}.ipynb"
    with TemporaryDirectory() as fresh:
        built = build(path, Path(fresh)).read_bytes()
    return not there.exists() or there.read_bytes() != built
