"""Self-checks: what was expected, what came, and the likely mistake.

Graded cells use the same functions, so a student reads in class what the grader will say.
"""

from __future__ import annotations

import ast
import dis
import functools
import importlib
import inspect
import sys
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import CodeType, FunctionType, ModuleType
from typing import Any

import numpy as np
import torch


class NotYet(AssertionError):
    """An answer that is not right yet; in a notebook it shows as its message alone."""

    def _render_traceback_(self) -> list[str]:  # IPython's hook
        return [f"Not yet: {self}"]


def close(
    got: Any,
    expected: Any,
    what: str,
    mistakes: Mapping[str, Any] | None = None,
    tol: float = 1e-4,
) -> None:
    """Raise NotYet unless `got` equals `expected` within `tol`, relative and absolute.

    `what` says what was computed ("soften(logits, T=4)"). `mistakes` maps the likely mistakes, in
    words, to what they would give: the one that matches `got` is named. Numbers, arrays, tensors.
    """
    if got is None:
        raise NotYet(f"{what} gave None.\n  Likely mistake: the function has no return.")
    try:
        mine, theirs = _array(got), _array(expected)
    except (TypeError, ValueError, RuntimeError):  # also a list of tensors with gradients
        kind = type(got).__name__
        raise NotYet(f"{what} should be a number or a tensor, but is a {kind}.") from None
    if _same(mine, theirs, tol):
        return
    lines = [f"{what} is not right.", f"  Expected: {_show(theirs)}", f"  Got:      {_show(mine)}"]
    if mine.shape != theirs.shape:
        lines.append(f"  {_shapes(mine.shape, theirs.shape)}")
    for mistake, value in (mistakes or {}).items():
        if _same(mine, _array(value), tol):
            lines.append(f"  Likely mistake: {mistake}.")
            break
    else:
        if not np.isfinite(mine).all():
            lines.append("  Likely mistake: a division by zero or an overflow (nan or inf).")
    raise NotYet("\n".join(lines))


def that(condition: bool, message: str) -> None:
    """Raise NotYet with `message` unless `condition` holds."""
    if not condition:
        raise NotYet(message)


def own_work(function: Callable, without: str) -> None:
    """Raise NotYet when `function` is, calls, imports or copies the package's form of it.

    `without` is the dotted name that the exercise does without, "greenlab.distill.soften". Looks
    through the student's own helpers too. A function whose source cannot be read passes.
    Also when it reads a tensor or network from outside, such as one that a test has left behind.
    """
    asked = getattr(type(function), "__own_work__", None)
    if asked is not None:  # a grader's stand-in, which knows the source
        asked(function, without)
        return
    while isinstance(function, functools.partial):
        function = function.func
    if not isinstance(function, FunctionType):
        return
    if function is not named(without):
        _no_outside_tensors(function)

    def follow(value: Any) -> Piece | None:
        if isinstance(value, FunctionType) and value.__module__ == function.__module__:
            return Piece(value, value.__name__, _tree(value), value.__globals__)
        return None

    review(follow(function), without, follow)


@dataclass(frozen=True)
class Piece:
    """A function to review: itself, its name, its syntax tree, and what its names stand for."""

    function: Any
    name: str
    tree: ast.FunctionDef | ast.Lambda | None
    scope: Mapping[str, Any]


def named(without: str) -> Any:
    """The package's object under a dotted name."""
    module_name, name = without.rsplit(".", 1)
    return getattr(importlib.import_module(module_name), name)


def review(start: Piece, without: str, follow: Callable[[Any], Piece | None]) -> None:
    """Raise NotYet when a function or a helper that it names is, uses or copies `without`.

    `follow` gives the piece behind an object that the code mentions, None where it is not the
    student's.
    """
    theirs, name = named(without), without.rsplit(".", 1)[1]
    if start.function is theirs:
        raise NotYet(
            f"{name} is the package's own form ({without}). The lab goes on with it, but this "
            "exercise gives its points for your own."
        )
    if _unwritten(start.tree):
        raise NotYet(f"{start.name} is not written yet. Put your code in place of its last line.")
    seen: list[Any] = []
    todo = [start]
    while todo:
        piece = todo.pop()
        if any(piece.function is done for done in seen) or piece.tree is None:
            continue
        seen.append(piece.function)
        if _outline(piece.tree) == _outline(_tree(theirs)):
            raise NotYet(f"{piece.name} copies {without} line by line: write your own.")
        for value in _mentions(piece.tree, piece.scope):
            if value is theirs:
                raise NotYet(f"{piece.name} uses {without}: here the point is to write it.")
            if (mentioned := follow(value)) is not None:
                todo.append(mentioned)


def _unwritten(tree: ast.FunctionDef | ast.Lambda | None) -> bool:
    # As students get it: a docstring, if any, and a line that raises NotImplementedError.
    match getattr(tree, "body", None):
        case [*_, ast.Raise(exc=ast.Call(func=ast.Name(id="NotImplementedError")))] as body:
            return len(body) == 1 + isinstance(body[0], ast.Expr)
    return False


def _no_outside_tensors(function: FunctionType) -> None:
    # `z` in place of the argument `logits` would pass while a test's own z is about.
    codes = [function.__code__]
    for code in codes:
        codes += [const for const in code.co_consts if isinstance(const, CodeType)]
        for step in dis.get_instructions(code):
            outside = function.__globals__.get(step.argval) if step.opname == "LOAD_GLOBAL" else 0
            if isinstance(outside, torch.Tensor | torch.nn.Module):
                raise NotYet(
                    f"{function.__name__} uses `{step.argval}` from outside: work with the "
                    "function's own arguments."
                )


def passed(exercise: str) -> None:
    """Say that an exercise's visible tests pass."""
    print(f"✓ {exercise}: the tests that you can see pass.")


def _array(value: Any) -> np.ndarray:
    if isinstance(value, torch.Tensor):
        return value.detach().cpu().double().numpy()
    return np.asarray(value, dtype=np.float64)


def _same(a: np.ndarray, b: np.ndarray, tol: float) -> bool:
    return a.shape == b.shape and np.allclose(a, b, rtol=tol, atol=tol, equal_nan=True)


def _shapes(mine: tuple[int, ...], theirs: tuple[int, ...]) -> str:
    if max(len(mine), len(theirs)) > 1:
        return f"Its shape is {mine}; it should be {theirs}."
    short = {(): "one number", (1,): "a list of one number"}
    got, wanted = (short.get(s) or f"a list of {s[0]} numbers" for s in (mine, theirs))
    return f"It is {got}; it should be {wanted}."


def _show(value: np.ndarray) -> str:
    if np.all(value == np.round(value)) and np.all(np.abs(value) < 2**53):
        value = value.astype(np.int64)  # 3, not 3.
    text = np.array2string(value, precision=4, suppress_small=True, threshold=12, edgeitems=2)
    return text.replace("\n", "\n            ")


def _tree(function: FunctionType) -> ast.FunctionDef | ast.Lambda | None:
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, TypeError, SyntaxError):
        return None
    # A lambda stands inside the statement that names it.
    kinds = ast.FunctionDef | ast.Lambda
    return next((node for node in ast.walk(tree) if isinstance(node, kinds)), None)


def _outline(tree: ast.FunctionDef | ast.Lambda | None) -> str:
    # The code's shape without docstring, annotations and the choice of local names; a body of
    # one or two lines is no copy: there is only one way to write a softmax.
    if not isinstance(tree, ast.FunctionDef):
        return f"short {id(tree)}"
    body = [s for s in tree.body if not (isinstance(s, ast.Expr) and _is_text(s.value))]
    names: dict[str, str] = {}
    parts = []
    for node in (n for statement in body for n in ast.walk(statement)):
        if isinstance(node, ast.Name | ast.arg):
            key = node.id if isinstance(node, ast.Name) else node.arg
            parts.append(names.setdefault(key, f"v{len(names)}"))
        elif isinstance(node, ast.Attribute):
            parts.append(node.attr)
        elif isinstance(node, ast.Constant):
            parts.append("text" if isinstance(node.value, str) else repr(node.value))
        else:
            parts.append(type(node).__name__)
    statements = sum(isinstance(n, ast.stmt) for s in body for n in ast.walk(s))
    return " ".join(parts) if statements > 2 else f"short {id(tree)}"


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _mentions(tree: ast.AST, scope: Mapping[str, Any]) -> list[Any]:
    # Every object that the code can name: globals, attributes of modules, its own imports.
    found: list[Any] = []
    local: dict[str, Any] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module in sys.modules:
            module = sys.modules[node.module]
            for alias in node.names:
                value = getattr(module, alias.name, None)
                local[alias.asname or alias.name] = value
                found.append(value)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                target = alias.name if alias.asname else alias.name.split(".")[0]
                local[alias.asname or target] = sys.modules.get(target)

    def resolve(node: ast.expr) -> Any:
        if isinstance(node, ast.Name):
            return local.get(node.id, scope.get(node.id))
        if isinstance(node, ast.Attribute):
            owner = resolve(node.value)
            return getattr(owner, node.attr, None) if isinstance(owner, ModuleType) else None
        return None

    return found + [resolve(n) for n in ast.walk(tree) if isinstance(n, ast.Name | ast.Attribute)]
