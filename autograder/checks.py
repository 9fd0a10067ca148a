"""What a lab source must hold beyond well-formed headers: each fault says what to do."""

import ast

from autograder import idioms
from autograder.source import DELIMITERS, Cell, Faults, bound_names, read_names

# Which delimiters may stand in which cells.
HOME = {
    "SOLUTION": ("solution", "answer"),
    "HIDDEN TESTS": ("tests",),
    "MARK SCHEME": ("answer",),
}


def check(cells: list[Cell], faults: Faults) -> None:
    """Add everything that is wrong with these cells to `faults`."""
    check_names(cells, faults)
    for cell in cells:
        check_delimiters(cell, faults)
        if cell.type == "code":
            check_code(cell, faults)
        else:
            check_markdown(cell, faults)
    check_pairs(cells, faults)
    check_checkpoints(cells, faults)
    check_explore(cells, faults)
    check_idioms(cells, faults)


def check_names(cells: list[Cell], faults: Faults) -> None:
    """No name is taken twice."""
    seen: dict[str, Cell] = {}
    for cell in cells:
        if cell.grade_id is None:
            continue
        if first := seen.get(cell.grade_id):
            faults.add(
                cell.line,
                f'{cell.role}="{cell.name}" is taken by line {first.line}: give it another name',
            )
        seen.setdefault(cell.grade_id, cell)


def check_delimiters(cell: Cell, faults: Faults) -> None:
    """Regions are well-formed, and stand in the cells where they belong."""
    counts = dict.fromkeys(DELIMITERS, 0)
    opened: dict[str, int] = {}
    for number, line in enumerate(cell.lines, cell.line + 1):
        for kind, (begin, end) in DELIMITERS.items():
            word = next((w for w in ("BEGIN", "END") if f"{w} {kind}" in line), None)
            if word is None:
                continue
            exact = begin if word == "BEGIN" else end
            if line.strip() != exact:
                faults.add(number, f"write the delimiter alone on its line: {exact}")
            if kind == "HIDDEN TESTS" and "inside" in cell.keys:
                faults.add(number, 'take inside="true" out: hidden tests stay with the grader')
            if cell.role not in HOME[kind]:
                where = " or ".join(HOME[kind])
                faults.add(number, f"{exact} belongs in a cell with the header {where}=")
            elif kind == "MARK SCHEME" and "SOLUTION" not in opened:
                faults.add(number, f"put {exact} between ### BEGIN SOLUTION and ### END SOLUTION")
            if word == "BEGIN":
                if kind in opened:
                    faults.add(number, f"{begin} inside another: close line {opened[kind]} first")
                opened[kind] = number
                counts[kind] += 1
            elif opened.pop(kind, None) is None:
                faults.add(number, f"{end} without {begin} above it")
    for kind, number in opened.items():
        faults.add(number, f"{DELIMITERS[kind][0]} is never closed: add {DELIMITERS[kind][1]}")
    if cell.role in HOME["SOLUTION"] and counts["SOLUTION"] != 1:
        faults.add(
            cell.line,
            f'{cell.role}="{cell.name}" has {counts["SOLUTION"] or "no"} solution regions: put '
            "one between ### BEGIN SOLUTION and ### END SOLUTION",
        )


def check_code(cell: Cell, faults: Faults) -> None:
    """The code parses, as written and as students get it."""
    for text, what in (("\n".join(cell.lines), ""), (cell.visible(), " as students get it")):
        try:
            ast.parse(text)
        except SyntaxError as error:
            line = cell.line + (error.lineno or 1) if not what else cell.line
            faults.add(line, f"the code{what} doesn't parse: {error.msg}")
            return


def check_markdown(cell: Cell, faults: Faults) -> None:
    """The text is there, its formulas are whole, an exercise has a heading."""
    text = cell.source.strip()
    formulas = text.split("$$")
    if not text:
        faults.add(cell.line, "an empty Markdown cell: write its text below, or delete it")
    elif len(formulas) % 2 == 0:
        faults.add(cell.line, "a formula's $$ is never closed: add the other $$")
    elif not all(formula.strip() for formula in formulas[1::2]):
        faults.add(cell.line, "an empty formula $$ $$: write it or delete it")
    if cell.role == "exercise" and not text.startswith("#"):
        faults.add(cell.line, "an exercise begins with its heading, such as `### Exercise 1: …`")


def check_pairs(cells: list[Cell], faults: Faults) -> None:
    """Solution before tests, an exercise's text for each, own work asked for where it must be."""
    at = {(cell.role, cell.name): index for index, cell in enumerate(cells)}
    for index, cell in enumerate(cells):
        name, other = cell.name, None
        if cell.role == "tests":
            other = at.get(("solution", name))
            if other is None or other > index:
                faults.add(cell.line, f'no cell solution="{name}" above these tests: add it')
        elif cell.role == "solution":
            other = at.get(("tests", name))
            if other is None:
                faults.add(cell.line, f'no cell tests="{name}" points=… for it: add it below')
            elif "without" in cell.keys and "check.own_work(" not in cells[other].visible():
                faults.add(
                    cells[other].line,
                    f"line {cell.line} says without={cell.keys['without']!r}: call "
                    "check.own_work(…) in the visible part of these tests",
                )
        if cell.role in ("tests", "answer") and ("exercise", name) not in at:
            faults.add(
                cell.line,
                f'no cell # %% [markdown] exercise="{name}" minutes=… difficulty=…: add it above',
            )
        if cell.role == "exercise" and not {("tests", name), ("answer", name)} & set(at):
            faults.add(cell.line, f'nothing grades exercise="{name}": add tests or an answer')
        if ("tests", name) in at and cell.role == "answer":
            faults.add(cell.line, f'"{name}" has tests and an answer: give one another name')


def check_checkpoints(cells: list[Cell], faults: Faults) -> None:
    """A checkpoint comes after its tests, does nothing, and ends in the import that it offers."""
    solutions = {cell.name: cell for cell in cells if cell.role == "solution"}
    tested: set[str] = set()
    for cell in cells:
        if cell.role == "tests":
            tested.add(cell.name)
        if cell.role != "checkpoint":
            continue
        path = solutions[cell.name].keys.get("without") if cell.name in solutions else None
        if path is None:
            faults.add(cell.line, f'no cell solution="{cell.name}" without="…": add the header')
            continue
        if cell.name not in tested:
            faults.add(cell.line, f'the checkpoint comes before tests="{cell.name}": move it below')
        module, _, thing = path.rpartition(".")
        last = cell.raw[-1] if cell.raw else ""
        line = cell.line + len(cell.raw)
        try:
            code = ast.parse(last.removeprefix("# ") if last.startswith("# ") else "")
            (node,) = code.body
            fits = isinstance(node, ast.ImportFrom) and node.module == module
            fits = fits and thing in {alias.name for alias in node.names}
        except (SyntaxError, ValueError):
            fits = False
        if not fits:
            faults.add(line, f"end the checkpoint with the line: # from {module} import {thing}")
        for number, text in enumerate(cell.raw, cell.line + 1):
            if text.strip() and not text.startswith("#"):
                faults.add(number, "comment this out: a checkpoint does nothing until it is used")


def check_explore(cells: list[Cell], faults: Faults) -> None:
    """No graded, solution or given cell reads what only an explore cell binds.

    A plain cell that reads such a name fails when grading, so what it binds counts as explored.
    """
    bound: set[str] = set()
    explored: dict[str, int] = {}
    for cell in cells:
        if cell.type != "code":
            continue
        try:
            tree = ast.parse("\n".join(cell.lines))
        except SyntaxError:
            continue
        lost = {name: line for name, line in read_names(tree).items() if name in explored}
        lost = {name: line for name, line in lost.items() if name not in bound}
        if cell.role in ("solution", "tests", "given"):
            for name, line in lost.items():
                faults.add(
                    cell.line + line,
                    f"{name} comes from the explore cell of line {explored[name]}, which isn't run "
                    "when grading: make it in a given cell, or don't read it here",
                )
        if cell.role == "explore" or (lost and cell.role is None):
            origin = cell.line if cell.role == "explore" else explored[next(iter(lost))]
            explored |= dict.fromkeys(bound_names(tree), origin)
        else:
            bound |= bound_names(tree)


def check_idioms(cells: list[Cell], faults: Faults) -> None:
    """Graded tests do nothing that holds only in the student's process."""
    code = {cell.grade_id or f"line {cell.line}": cell for cell in cells if cell.type == "code"}
    parts = [idioms.Part(name, part_role(c), "\n".join(c.lines)) for name, c in code.items()]
    if any(isinstance(part.parsed, SyntaxError) for part in parts):
        return  # which has been told
    for name, line, sentence in idioms.faults(parts):
        faults.add(code[name].line + line, sentence)


def part_role(cell: Cell) -> str:
    """What a code cell is to the judge."""
    if cell.role == "tests":
        return "other" if "inside" in cell.keys else "test"
    roles = {"solution": "solution", "explore": "other", "checkpoint": "other"}
    return roles.get(cell.role, "given")
