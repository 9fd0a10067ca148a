"""What in a test is the student's: names of theirs, objects of their classes, values they gave."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from autograder.idioms import Part, Scope

OPERATORS = re.compile(
    r"__[ri]?(eq|ne|lt|le|gt|ge|add|sub|mul|matmul|truediv|floordiv|mod|pow|neg|abs|bool|int|float"
    r"|hash|contains|and|or|xor|invert)__"
)


class Review:
    """One test, and which of its names stand for what is the student's."""

    def __init__(self, test: Part, scope: Scope) -> None:
        self.tree, self.binds, self.scope = test.tree, test.binds, scope
        self.imports = {n: f for n, f in scope.imports.items() if n not in test.binds}
        self.imports |= test.imports
        answers = {n for n, part in scope.solved.items() if n not in part.imports}
        self.students = answers - test.binds
        nodes = [node for part in scope.solutions for node in ast.walk(part.tree)]
        classes = [node for node in nodes if isinstance(node, ast.ClassDef)]
        defined = {n.name for n in nodes if isinstance(n, ast.ClassDef | ast.FunctionDef)}
        self.defined = defined & answers  # which a test may not bind anew
        self.classes = {node.name for node in classes} & self.students
        self.comparing = {node.name for node in classes if has_operators(node)} & self.students
        self.texts = {text for part in scope.solutions for text in texts_in(part.tree)}
        self.inner = {id(n.value) for n in ast.walk(test.tree) if isinstance(n, ast.Attribute)}
        self.objects: dict[str, str] = {}  # of the student's classes: the class
        self.parameters: set[str] = set()  # of those
        self.wrappers: set[str] = set()  # functions of the test's that use what is the student's
        self.words: set[str] = set()  # values that came from the student's code as they are
        for _ in range(3):  # a chain of that many names is followed
            for node in ast.walk(test.tree):
                self.follow(node)

    def follow(self, node: ast.AST) -> None:
        """Note which names a node binds to something of the student's."""
        if isinstance(node, ast.FunctionDef) and mentioned(node) & self.theirs:
            self.wrappers.add(node.name)
        for names, value in bindings(node):
            if isinstance(value, ast.Lambda):
                self.wrappers |= names if mentioned(value) & self.theirs else set()
            elif isinstance(value, ast.Call) and root(value.func) in self.classes:
                plain = isinstance(value.func, ast.Name)  # not a method of an object made there
                self.objects |= dict.fromkeys(names, root(value.func)) if plain else {}
            elif root(value) in self.theirs:
                self.words |= names
                if root(value) in self.objects and "parameters" in ast.unparse(value):
                    self.parameters |= names

    @property
    def theirs(self) -> set[str]:
        """Names that lead to the student's code."""
        return self.students | self.objects.keys() | self.wrappers

    def full(self, node: ast.AST) -> str:
        """What a dotted name stands for, as `torch.random.manual_seed`; "" for none imported."""
        if isinstance(node, ast.Name):
            return self.imports.get(node.id, "")
        if isinstance(node, ast.Attribute):
            owner = self.full(node.value)
            return owner and f"{owner}.{node.attr}"
        if isinstance(node, ast.Subscript):
            return self.full(node.value)
        return self.full(node.func) if isinstance(node, ast.Call) else ""

    def calls(self, node: ast.AST) -> bool:
        """Whether the student's code runs somewhere in a piece of the test."""
        for call in (n for n in ast.walk(node) if isinstance(n, ast.Call)):
            given = [*call.args, *(keyword.value for keyword in call.keywords)]
            handed = {n.id for n in given if isinstance(n, ast.Name)}
            handed |= {name for n in given if isinstance(n, ast.Lambda) for name in mentioned(n)}
            made = isinstance(call.func, ast.Name) and call.func.id in self.words
            if made or root(call.func) in self.theirs or handed & self.theirs:
                return True
        return False


def bindings(node: ast.AST) -> list[tuple[set[str], ast.expr]]:
    """What an assignment, a loop or a `with` binds to what."""
    match node:
        case ast.Assign(targets, value):
            pairs = [(target, value) for target in targets]
        case (
            ast.AnnAssign(target=target, value=value)
            | ast.NamedExpr(target, value)
            | ast.For(target=target, iter=value)
            | ast.comprehension(target, value)
            | ast.withitem(value, target)
        ):
            pairs = [(target, value)]
        case _:
            return []
    return [(mentioned(target), value) for target, value in pairs if target and value]


def root(node: ast.AST) -> str:
    """The name at the left end of calls, attributes and items; "" if there is none."""
    while isinstance(node, ast.Call | ast.Attribute | ast.Subscript | ast.Starred):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


def mentioned(node: ast.AST) -> set[str]:
    """All names in a piece of code."""
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}


def texts_in(node: ast.AST) -> set[str]:
    """All texts in a piece of code."""
    values = (n.value for n in ast.walk(node) if isinstance(n, ast.Constant))
    return {value for value in values if isinstance(value, str)}


def has_operators(node: ast.ClassDef) -> bool:
    """Whether a class says itself how its objects are compared or computed with."""
    methods = (n.name for n in node.body if isinstance(n, ast.FunctionDef))
    made = any("dataclass" in ast.unparse(d) for d in node.decorator_list)
    return made or any(OPERATORS.fullmatch(name) for name in methods)
