"""Whose work an answer is, read from the cells that the student handed in.

The box can't be asked: it would say what the student's code says. The source can.
"""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator, Sequence
from functools import lru_cache
from types import ModuleType
from typing import Any

from autograder.engine.names import parsed
from autograder.source import bound_names
from greenlab.check import NotYet, Piece, review


def own_work(name: str, sources: Sequence[str], without: str) -> None:
    """Raise NotYet when the function `name` of these cells is, uses or copies `without`."""
    if said := reviewed(name, tuple(sources), without):
        raise NotYet(said)


def violation(name: str, sources: Sequence[str], without: str) -> str | None:
    """How the function `name` of these cells uses or copies `without`, in words; None if not.

    That it is the package's own form, as a checkpoint makes it, or not written yet, is none: that
    only gives no points.
    """
    said = reviewed(name, tuple(sources), without)
    none = not said or "own form" in said or "not written yet" in said
    return None if none else said.partition(":")[0]


@lru_cache(100)
def reviewed(name: str, sources: tuple[str, ...], without: str) -> str:
    """What the review of a function says, "" if nothing."""
    scope: dict[str, Any] = {}
    for source in sources:
        for statement in statements(source):
            scope |= bindings(statement, scope)

    def follow(value: Any) -> Piece | None:
        is_code = isinstance(value, ast.AST)
        return Piece(value, getattr(value, "name", name), value, scope) if is_code else None

    start = scope.get(name)
    try:
        review(follow(start) or Piece(start, name, None, scope), without, follow)
    except NotYet as found:
        return str(found)
    return ""


def statements(source: str) -> Iterator[ast.stmt]:
    """The statements of a cell that run with it, those inside `if`, `try` and `with` too."""
    todo: list[ast.AST] = [parsed(source)]
    while todo:
        node = todo.pop(0)
        if isinstance(node, ast.stmt):
            yield node
        if not isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Lambda):
            inner = ast.stmt | ast.ExceptHandler | ast.match_case
            todo = [c for c in ast.iter_child_nodes(node) if isinstance(c, inner)] + todo


def bindings(statement: ast.stmt, scope: dict[str, Any]) -> dict[str, Any]:
    """What a statement binds that an answer could be or use: code, modules, what is in those."""
    match statement:
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
            return {name: statement}
        case ast.Assign(targets, value):
            names = (bound_names(ast.Module([target], [])) for target in targets)
            return dict.fromkeys(set().union(*names), reached(value, scope))
        case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
            return {name: reached(value, scope)}
        case ast.ImportFrom(module=str(module), names=aliases) if ours(module):
            return {a.asname or a.name: member(loaded(module), a.name) for a in aliases}
        case ast.Import(names=aliases):
            mine = [alias for alias in aliases if ours(alias.name)]
            return {
                a.asname or "greenlab": loaded(a.name if a.asname else "greenlab") for a in mine
            }
    return {}


def ours(module: str) -> bool:
    return f"{module}.".startswith("greenlab.")


def loaded(module: str) -> Any:
    """A module of the package's, None where there is none of that name."""
    try:
        return importlib.import_module(module)
    except ImportError:
        return None


def member(module: Any, name: str) -> Any:
    """What a module of the package's has under a name, be it a module; else None."""
    if not isinstance(module, ModuleType):
        return None
    return getattr(module, name) if hasattr(module, name) else loaded(f"{module.__name__}.{name}")


def reached(node: ast.expr, scope: dict[str, Any]) -> Any:
    """What a name or a dotted name stands for, as far as that is known; else the code itself."""
    found = None
    if isinstance(node, ast.Name):
        found = scope.get(node.id)
    elif isinstance(node, ast.Attribute):
        found = member(reached(node.value, scope), node.attr)
    return node if found is None else found
