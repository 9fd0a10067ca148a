"""Whose work an answer is, read from the cells that the student handed in.

The box can't be asked: it would say what the student's code says. The source can.
"""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator, Sequence
from typing import Any

from autograder.engine.names import parsed
from greenlab.check import NotYet, Piece, review


def own_work(name: str, sources: Sequence[str], without: str) -> None:
    """Raise NotYet when the function `name` of these cells is, uses or copies `without`."""
    scope: dict[str, Any] = {}
    for source in sources:
        for statement in statements(source):
            scope |= bindings(statement, scope)

    def follow(value: Any) -> Piece | None:
        tree = value.value if isinstance(value, ast.Assign) else value
        if isinstance(tree, ast.FunctionDef | ast.Lambda):
            return Piece(value, getattr(tree, "name", name), tree, scope)
        return None

    start = scope.get(name)
    review(follow(start) or Piece(start, name, None, scope), without, follow)


def violation(name: str, sources: Sequence[str], without: str) -> str | None:
    """How the function `name` of these cells uses or copies `without`, in words; None if not.

    That it is the package's own form, as a checkpoint makes it, is none: it only gives no points.
    """
    try:
        own_work(name, sources, without)
    except NotYet as found:
        said = str(found).partition(":")[0]
        return None if "own form" in said else said
    return None


def statements(source: str) -> Iterator[ast.stmt]:
    """The statements of a cell that run with it, those inside `if`, `try` and `with` too."""
    todo: list[ast.AST] = [parsed(source)]
    while todo:
        node = todo.pop(0)
        if isinstance(node, ast.stmt):
            yield node
        if not isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Lambda):
            todo = [c for c in ast.iter_child_nodes(node) if isinstance(c, ast.stmt)] + todo


def bindings(statement: ast.stmt, scope: dict[str, Any]) -> dict[str, Any]:
    """What a statement binds that an answer could be or use: functions, modules, other names."""
    if isinstance(statement, ast.FunctionDef):
        return {statement.name: statement}
    if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
        value = statement.value
        if isinstance(value, ast.Lambda):
            return {statement.targets[0].id: value}
        return {statement.targets[0].id: reached(value, scope)}
    if isinstance(statement, ast.ImportFrom) and ours(statement.module):
        module = importlib.import_module(statement.module)
        return {a.asname or a.name: member(module, a.name) for a in statement.names}
    if isinstance(statement, ast.Import):
        return {
            a.asname or a.name.split(".")[0]: importlib.import_module(
                a.name if a.asname else a.name.split(".")[0]
            )
            for a in statement.names
            if ours(a.name)
        }
    return {}


def ours(module: str | None) -> bool:
    return module is not None and f"{module}.".startswith("greenlab.")


def member(module: Any, name: str) -> Any:
    try:
        return getattr(module, name)
    except AttributeError:
        try:
            return importlib.import_module(f"{module.__name__}.{name}")
        except ImportError:
            return None


def reached(node: ast.expr, scope: dict[str, Any]) -> Any:
    """What a name or a dotted name stands for; None for anything else."""
    if isinstance(node, ast.Name):
        return scope.get(node.id)
    if isinstance(node, ast.Attribute):
        owner = reached(node.value, scope)
        return None if owner is None or isinstance(owner, ast.AST) else member(owner, node.attr)
    return None
