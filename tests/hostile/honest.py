"""Honest classes, to see how fast they are graded: one trains a network, others don't."""

from __future__ import annotations

from pathlib import Path

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook

from tests.hostile.course import (
    IMPORTS,
    KERNEL,
    POINTS,
    SOLUTIONS,
    TESTS,
    exercise,
    generate,
    named,
    write,
)

ASSIGNMENT = "hw"
TABLE = """\
TABLE = np.array([[3.0, 1.0], [0.5, 2.0]])


def agrees(got, expected):
    return np.allclose(got, expected, atol=1e-6)"""
CLUSTERS = """\
import torch
from torch import nn

generator = torch.Generator().manual_seed(0)
centers = 2 * torch.randn(6, 20, generator=generator)


def sample(n):
    y = torch.randint(0, 6, (n,), generator=generator)
    return centers[y] + torch.randn(n, 20, generator=generator), y


X, Y = sample(4000)
X_TEST, Y_TEST = sample(1000)"""
FIT = """\
def fit(x, y, epochs=10, batch=32):
    layers = nn.Linear(20, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 6)
    net = nn.Sequential(*layers)
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
    for _ in range(epochs):
        for rows in torch.randperm(len(x)).split(batch):
            loss = nn.functional.cross_entropy(net(x[rows]), y[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return net


net = fit(X, Y)"""
TEST_FIT = """\
accuracy = (net(X_TEST).argmax(1) == Y_TEST).double().mean().item()
assert accuracy > 0.9, f"right for {accuracy:.0%} of the test set"
### BEGIN HIDDEN TESTS
loss = nn.functional.cross_entropy(net(X_TEST), Y_TEST).item()
assert loss < 0.3, f"the loss is {loss:.2f}"
### END HIDDEN TESTS"""


def training() -> list[NotebookNode]:
    """An assignment whose students train a small network."""
    given = named(new_code_cell(CLUSTERS), "given", locked=True)
    soften = exercise("soften", SOLUTIONS["soften"], TESTS["soften"], POINTS["soften"])
    return [given, *soften, *exercise("fit", FIT, TEST_FIT, 4)]


def plain(torch: bool = False) -> list[NotebookNode]:
    """An assignment that needs NumPy only; with `torch` a little of that, but no training."""
    imports = IMPORTS if torch else IMPORTS.removesuffix("\nimport torch")
    cells = [
        new_code_cell(imports, id="imports"),
        named(new_code_cell(TABLE), "given", locked=True),
    ]
    for name in SOLUTIONS:
        if torch or name != "soften":
            cells += exercise(name, SOLUTIONS[name], TESTS[name], POINTS[name])
    return cells


def hand_in(root: Path, cells: list[NotebookNode], students: int) -> dict[str, float]:
    """Make a course in `root` in which all have solved it; what each deserves."""
    notebook = new_notebook(cells=cells, metadata={"kernelspec": KERNEL})
    write(notebook, root / f"source/{ASSIGNMENT}/{ASSIGNMENT}.ipynb")
    release = generate(root, ASSIGNMENT)
    solved = {c.id: c.source for c in cells if c.metadata.get("nbgrader", {}).get("solution")}
    for cell in release.cells:
        cell.source = solved.get(cell.id, cell.source)
    release.cells.append(new_code_cell(id="own"))
    for number in range(students):
        release.cells[-1].source = f"# the work of student {number}"
        write(release, root / f"submitted/{number:02d}/{ASSIGNMENT}/{ASSIGNMENT}.ipynb")
    graded = [c.metadata.nbgrader for c in cells if c.metadata.get("nbgrader", {}).get("grade")]
    return {meta.grade_id.removeprefix("test_"): float(meta.points) for meta in graded}
