"""Lab sources: jupytext py:percent with short headers, parsed into cells and checked."""

import ast
import re
from dataclasses import dataclass, field
from pathlib import Path

# role: (cell type, the other keys its header takes and whether each must be there)
ROLES = {
    "solution": ("code", {"without": False}),
    "tests": ("code", {"points": True, "inside": False}),
    "answer": ("markdown", {"points": True}),
    "given": ("code", {}),
    "explore": ("code", {}),
    "checkpoint": ("code", {}),
    "exercise": ("markdown", {"minutes": True, "difficulty": True}),
}
NUMBERS = ("points", "minutes", "difficulty")
DELIMITERS = {
    "SOLUTION": ("### BEGIN SOLUTION", "### END SOLUTION"),
    "HIDDEN TESTS": ("### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS"),
    "MARK SCHEME": ("=== BEGIN MARK SCHEME ===", "=== END MARK SCHEME ==="),
}
HEADER = re.compile(r"# %%(?P<rest>.*)")
TOKEN = re.compile(r'\s+(?P<key>\w+)=(?P<value>"[^"]*"|\S+)')
NAME = re.compile(r"[a-z][a-z0-9_]*")
DOTTED = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)+")


class BuildError(Exception):
    """A lab source that can't be built; `faults` lists every `file:line: what to do`."""

    def __init__(self, faults: list[str]):
        super().__init__("\n".join(faults))
        self.faults = faults


@dataclass
class Cell:
    """One cell of a lab source; `line` is its header's line in the file, `raw` the lines below."""

    line: int
    type: str
    keys: dict[str, str | int]
    raw: list[str] = field(default_factory=list)
    source: str = ""

    @property
    def role(self) -> str | None:
        """What the cell is for, one of ROLES; None for a plain cell."""
        return next((role for role in ROLES if role in self.keys), None)

    @property
    def name(self) -> str | None:
        """The name that its header gives it."""
        return self.keys.get(self.role)

    @property
    def grade_id(self) -> str | None:
        """The id of a named cell, the same for nbgrader and for the notebook format."""
        if self.role is None:
            return None
        return self.name if self.role == "solution" else f"{self.role}_{self.name}"

    @property
    def lines(self) -> list[str]:
        """The lines below the header as the notebook has them: Markdown without its `# `."""
        if self.type == "code":
            return self.raw
        return [re.sub(r"^# ?", "", line) for line in self.raw]

    def region(self, kind: str) -> tuple[int, int] | None:
        """Where in `lines` the first region of this kind begins and ends."""
        begin, end = DELIMITERS[kind]
        stripped = [line.strip() for line in self.lines]
        if begin not in stripped or end not in stripped:
            return None
        return stripped.index(begin), stripped.index(end)

    def visible(self) -> str:
        """The cell as students get it: solutions a stub, hidden tests gone."""
        out, hidden = [], False
        for line in self.lines:
            if "### BEGIN " in line:
                hidden = True
                if "SOLUTION" in line:
                    out.append(line[: len(line) - len(line.lstrip())] + "raise NotImplementedError")
            elif "### END " in line:
                hidden = False
            elif not hidden:
                out.append(line)
        return "\n".join(out)


class Faults(list):
    """`file:line: message` for everything that is wrong with one source."""

    def __init__(self, path: Path):
        super().__init__()
        self.path = path

    def add(self, line: int, message: str) -> None:
        """Note what is wrong at a line of the source."""
        self.append((line, message))

    def texts(self) -> list[str]:
        """Every fault as text, in the order of lines."""
        return [f"{self.path}:{line}: {message}" for line, message in sorted(self)]


def parse_header(line: int, rest: str, faults: Faults) -> Cell:
    """The cell that `# %%` + `rest` opens, its keys checked one by one."""
    cell_type = "code"
    if rest.startswith(" [markdown]"):
        cell_type, rest = "markdown", rest.removeprefix(" [markdown]")
    keys: dict[str, str | int] = {}
    for token in TOKEN.finditer(rest):
        key, value = token["key"], token["value"]
        known = set(ROLES) | set(NUMBERS) | {"without", "inside"}
        if key not in known:
            faults.add(line, f"unknown key {key}; the keys are {', '.join(sorted(known))}")
        elif key in keys:
            faults.add(line, f"{key} stands twice; keep one")
        elif key in NUMBERS:
            if not value.isdigit() or int(value) == 0:
                faults.add(line, f"{key}={value}: write a whole number above 0, without quotes")
            elif key == "difficulty" and int(value) > 3:
                faults.add(line, f"difficulty={value}: write 1, 2 or 3")
            keys[key] = int(value) if value.isdigit() else 1
        elif not value.startswith('"'):
            faults.add(line, f'{key}={value}: put the value in quotes: {key}="{value}"')
            keys[key] = value
        else:
            keys[key] = value.strip('"')
            if key == "inside" and value != '"true"':
                faults.add(line, f'{key}={value}: write inside="true", or take it out')
            shape = DOTTED if key == "without" else NAME
            if not shape.fullmatch(keys[key]):
                like = '"greenlab.distill.soften"' if key == "without" else '"lower_case_name"'
                faults.add(line, f"{key}={value}: write a name like {like}")
    left = TOKEN.sub("", rest).strip()
    if left:
        faults.add(line, f'can\'t read {left!r}: a header holds key="value" pairs, nothing else')
    cell = Cell(line, cell_type, keys)
    check_keys(cell, faults)
    return cell


def check_keys(cell: Cell, faults: Faults) -> None:
    """One role a header, the right cell type, no key missing or out of place."""
    roles = [key for key in cell.keys if key in ROLES]
    if len(roles) > 1:
        faults.add(cell.line, f"{' and '.join(roles)} in one header: split the cell in two")
        return
    wanted_type, takes = ROLES[cell.role] if cell.role else (cell.type, {})
    if cell.type != wanted_type:
        header = "# %% [markdown]" if wanted_type == "markdown" else "# %%"
        faults.add(cell.line, f"{cell.role} belongs on a {wanted_type} cell: begin with {header}")
    for key in cell.keys:
        if key not in ROLES and key not in takes:
            at = [role for role, (_, keys) in ROLES.items() if key in keys]
            faults.add(cell.line, f"{key} goes only with {' or '.join(at)}: take it out here")
    for key, needed in takes.items():
        if needed and key not in cell.keys:
            faults.add(cell.line, f"{cell.role} needs {key}: add {key}=1 or more to the header")


def parse(path: Path, faults: Faults) -> list[Cell]:
    """The cells of a source; what is wrong with their headers goes to `faults`."""
    text = path.read_text(encoding="utf-8")
    cells: list[Cell] = []
    for number, line in enumerate(text.splitlines(), 1):
        if match := HEADER.fullmatch(line):
            cells.append(parse_header(number, match["rest"], faults))
        elif cells:
            cells[-1].raw.append(line)
        elif line.strip() and not line.startswith("#"):
            faults.add(number, "this stands before the first cell: put a line `# %%` above it")
            return []
    if not cells:
        faults.add(1, "no cell: begin each with `# %%` or `# %% [markdown]`")
        return []
    first = text.splitlines()[cells[0].line - 1 :]
    import jupytext  # here, since the grader reads names with this module, and starts quicker

    notebook = jupytext.reads("\n".join(first) + "\n", fmt="py:percent")
    if len(notebook.cells) != len(cells):
        faults.add(1, "a line `# %%` stands inside a string: indent it or write it otherwise")
        return []
    for cell, read in zip(cells, notebook.cells, strict=True):
        cell.source = read.source
        while cell.raw and not cell.raw[-1].strip():
            cell.raw.pop()
    return cells


def bound_names(tree: ast.AST) -> set[str]:
    """Names that a cell binds at its top level."""
    names: set[str] = set()
    todo = list(ast.iter_child_nodes(tree))
    while todo:
        node = todo.pop()
        names |= bound_by(node)
        inner = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda
        if not isinstance(node, inner | ast.comprehension):
            todo += ast.iter_child_nodes(node)
    return names


def bound_by(node: ast.AST) -> set[str]:
    """Names that one node of a syntax tree binds, without those in it."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        return {(alias.asname or alias.name).split(".")[0] for alias in node.names}
    if isinstance(node, ast.Name):
        return {node.id} if isinstance(node.ctx, ast.Store) else set()
    named = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.ExceptHandler
    if isinstance(node, named | ast.MatchAs | ast.MatchStar):
        return {node.name} - {None}
    return {node.rest} - {None} if isinstance(node, ast.MatchMapping) else set()


def read_names(tree: ast.AST) -> dict[str, int]:
    """Names that a cell reads and doesn't bind anywhere itself, with the first line of each."""
    own, read = set(), {}
    for node in ast.walk(tree):
        own |= bound_by(node)
        if isinstance(node, ast.arg):
            own.add(node.arg)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            read[node.id] = min(node.lineno, read.get(node.id, node.lineno))
    return {name: line for name, line in read.items() if name not in own}
