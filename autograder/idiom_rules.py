"""The rules by which `idioms` reviews one test: what doesn't cross to the student's process."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from autograder.crossing import Review, mentioned, root, texts_in
from autograder.source import read_names

if TYPE_CHECKING:
    from autograder.idioms import Part, Scope

Told = Iterator[tuple[int, str]]  # from a whole test, with lines
Said = Iterator[str]  # of one node

AROUND = re.compile(
    r"torch\.(no_grad|inference_mode|enable_grad|set_grad_enabled|autocast|device|amp\.autocast"
    r"|random\.fork_rng|autograd\.set_\w+)|warnings\.catch_warnings"
    r"|numpy\.(errstate|printoptions)|pytest\.warns|contextlib\.chdir"
)
SETTINGS = re.compile(
    r"torch\.(set_\w+|use_deterministic_algorithms)|numpy\.(seterr|set_printoptions)"
    r"|warnings\.(simplefilter|filterwarnings)|sys\.setrecursionlimit"
)
SEEDS = re.compile(r"torch\.((random|cuda)\.)?manual_seed(_all)?|(numpy\.)?random\.seed")
DRAWS = re.compile(  # what an answer that draws from the global generators mentions
    r"rand|shuffle|permut|choice|sample\(|[dD]ropout|normal|uniform\(|multinomial|bernoulli|poisson"
    r"|train_test_split|\.fit\(|\bnn\.|_init|KMeans|Linear|Conv"
)
TRANSFORMS = re.compile(
    r"torch\.(vmap|func\.\w+|jit\.\w+|compile|fx\.\w+|export\.\w+)|functorch\.\w+|numba\.\w+"
    r"|torch\.autograd\.(gradgradcheck|functional\.(hessian|hvp|vhp))"
)
PROCESS = re.compile(
    r"sys\.(modules|_getframe|settrace|setprofile)\b.*"
    r"|os\.(?!(path\.)?(join|basename|dirname|splitext|sep|linesep)|path$).*"
    r"|(subprocess|gc|tracemalloc|psutil|resource|signal|threading|multiprocessing)\..*"
    r"|(concurrent\.futures|glob|tempfile|shutil)\..*"
)
FIGURES = re.compile(r"matplotlib\.pyplot\.(gcf|gca|get_fignums|get_figlabels)")
STREAMS = ("sys.stdout", "sys.stderr")  # what the student's code prints comes back
FILES = ("open", "Path", "load", "loadtxt", "genfromtxt", "imread")
FILES_TOO = ("read_", "write_", "to_", "save")
LOOKS = ("globals", "locals", "vars", "dir")
CODE = ("exec", "eval", "__import__")
NUMBERS = ("bool", "int", "float", "complex", "abs", "round", "sorted", "min", "max", "sum")
DUNDERS = ("__name__", "__call__", "__len__", "__iter__", "__next__", "__getitem__")  # that cross
MOCK = "the student's code does not see a mock: pass what it should use as an argument"
OWN_GRADIENTS = (
    "gradients of the student's own parameters stay with the student: call a function of theirs "
    "that makes the step, and compare the parameters"
)


def broken_rules(test: Part, scope: Scope) -> Told:
    """(line, what to do) for each thing in a test that doesn't cross."""
    review = Review(test, scope)
    for node in ast.walk(test.tree):
        for kinds, rule in RULES:
            if isinstance(node, kinds):
                yield from ((node.lineno, sentence) for sentence in rule(review, node))
    yield from settings_before_calls(review)
    yield from own_globals(review)
    yield from last_word(review)


def around(review: Review, node: ast.With | ast.FunctionDef) -> Said:
    """Modes of the judge's process around the student's code, which runs in another."""
    if isinstance(node, ast.With):
        modes = [item.context_expr for item in node.items]
    else:
        modes = node.decorator_list
    for name in map(review.full, modes):
        if AROUND.fullmatch(name) and any(map(review.calls, node.body)):
            yield f"{name} around the student's code does not reach it: say it by an argument"


def looked(review: Review, node: ast.Call) -> Said:
    """Names, code and sources of the student's process."""
    name, last = review.full(node.func), last_name(node.func)
    handed = mentioned(node) & (review.theirs | review.words)
    looks = last in CODE or (last in LOOKS and (not node.args or handed))
    if looks and isinstance(node.func, ast.Name) and last not in review.binds:
        yield f"{last}() does not see the student's names: use them by name, as in a call"
    if re.match(r"(inspect|dis)\.", name) and handed:
        yield f"{name} finds no source here: ask by check.own_work(…), or test what it does"
    if TRANSFORMS.fullmatch(name) and handed:
        yield f"{name} can't look into the student's function: call it with values"
    if name == "unittest.main" or name.startswith("doctest."):
        yield f"{name} finds no tests outside of a notebook: write assert statements"
    if FIGURES.fullmatch(name) and review.calls(review.tree):
        yield f"{name} is not the student's figure: let the answer return what it plots"
    if any(keyword.arg == "create_graph" for keyword in node.keywords) and handed:
        yield "no second derivatives go through the student's code: test the first ones"


def patched(review: Review, node: ast.Call) -> Said:
    """Changes of modules or of the student's functions, which stay in the judge's process."""
    first = root(node.args[0]) if node.args else ""
    not_here = review.imports.keys() | review.students
    if last_name(node.func) in ("setattr", "delattr") and first in not_here:
        yield f"the student's code does not see this change of {first}: pass it as an argument"
    if review.full(node.func).startswith("unittest.mock") or root(node.func) == "monkeypatch":
        yield MOCK


def typed(review: Review, node: ast.Call) -> Said:
    """The student's classes as types, their objects as numbers."""
    last, first = last_name(node.func), root(node.args[0]) if node.args else ""
    asked = {first} if last in ("type", "raises", "assertRaises", "assertRaisesRegex") else set()
    if last in ("isinstance", "issubclass") and len(node.args) == 2:
        asked = mentioned(node.args[1])
    for name in sorted(asked & (review.classes | review.objects.keys())):
        yield f"{name} has no type here: test attributes, or for one of Python's own types"
    if last in NUMBERS and review.objects.get(first) in review.comparing:
        yield f"{last}() of an object of the student's does not reach it: test its attributes"


def files(review: Review, node: ast.Call) -> Said:
    """Files that the student's code writes or should read: it has a folder of its own."""
    last = last_name(node.func)
    theirs = root(node.func) in review.theirs
    if theirs or (last not in FILES and not last.startswith(FILES_TOO)):
        return
    calls = (n for n in ast.walk(review.tree) if isinstance(n, ast.Call))
    handed = {text for n in calls if root(n.func) in review.theirs for text in texts_in(n)}
    for text in sorted(texts_in(node) & (review.texts | handed)):
        if "." in text or "/" in text:
            yield f"{text!r} is another file for the student's code: let it take and return values"
    if last in FILES and mentioned(node) & review.words:
        yield "the student's code has files of its own: let it return the values"


def read(review: Review, node: ast.Attribute | ast.Name) -> Said:
    """Attributes that a stand-in doesn't have, and the judge's own process in place of the box."""
    name = review.full(node)
    if PROCESS.fullmatch(name) and id(node) not in review.inner:
        yield f"{name} is the grader's, not the student's: test values that their code returns"
    if isinstance(node, ast.Name):
        return
    owner = root(node)
    special = node.attr.startswith("__") and node.attr not in DUNDERS
    if special and owner in review.students | review.objects.keys():
        yield f"{owner}.{node.attr} does not cross: test what {owner} does"
    if node.attr == "grad" and owner in review.objects.keys() | review.parameters:
        yield OWN_GRADIENTS


def changed(review: Review, node: ast.stmt) -> Said:
    """Monkeypatches: what a test sets in a module or in a student's function stays in the judge."""
    for target in getattr(node, "targets", None) or [node.target]:
        if isinstance(target, ast.Name) and target.id in review.defined:
            yield f"the student's code does not see this change of {target.id}: call it otherwise"
        if not isinstance(target, ast.Attribute | ast.Subscript):
            continue
        owner, name = root(target), review.full(target)
        harmless = name in STREAMS or name.startswith("matplotlib")
        if owner in review.imports.keys() | review.students and not harmless:
            yield f"the student's code does not see this change of {owner}: pass it as an argument"


def compared(review: Review, node: ast.Compare | ast.BinOp | ast.UnaryOp) -> Said:
    """Operators on objects of the student's: a stand-in answers none."""
    if isinstance(node, ast.Compare):
        if all(isinstance(op, ast.Is | ast.IsNot) for op in node.ops):
            return
        parts = [node.left, *node.comparators]
    else:
        parts = [node.left, node.right] if isinstance(node, ast.BinOp) else [node.operand]
    for part in parts:
        of = review.objects.get(part.id) if isinstance(part, ast.Name) else ""
        if isinstance(part, ast.Call) and isinstance(part.func, ast.Name):
            of = part.func.id
        if of in review.comparing:
            yield f"operators on objects of the student's {of} do not reach it: test its attributes"


def derived(review: Review, node: ast.ClassDef | ast.ExceptHandler) -> Said:
    """Classes of the student's as a base or as the exception to catch."""
    named = node.bases if isinstance(node, ast.ClassDef) else [node.type] if node.type else []
    for name in sorted({n for part in named for n in mentioned(part)} & review.students):
        yield f"{name} has no type here: catch or derive from one of Python's own"


def refused(review: Review, node: ast.AST) -> Said:
    """Statements that only a notebook has, or that reach for globals."""
    if isinstance(node, ast.Global):
        yield "a test has no globals that the student's code sees: pass arguments"
    elif isinstance(node, ast.Await):
        yield "no await in a test: call asyncio.run(…) on a function of the test's"
    elif isinstance(node, ast.Name) and node.id == "get_ipython":
        yield "no magics, no !shell and no get_ipython in a test: it runs without IPython"


def settings_before_calls(review: Review) -> Told:
    """Seeds and settings above a call of the student's, which another process doesn't share."""
    statements = review.tree.body
    draws = any(DRAWS.search(ast.unparse(part.tree)) for part in review.scope.solutions)
    for number, statement in enumerate(statements):
        called_below = any(map(review.calls, statements[number:]))
        for call in (n for n in ast.walk(statement) if isinstance(n, ast.Call) and called_below):
            name = review.full(call.func)
            if SEEDS.fullmatch(name) and draws:
                remedy = "pass a generator, and make the test's own data from one"
                yield call.lineno, f"{name} does not reach the student's code: {remedy}"
            elif SETTINGS.fullmatch(name):
                yield call.lineno, f"{name} does not reach the student's code: pass an argument"


def own_globals(review: Review) -> Told:
    """Names that the test binds for the student's code to find."""
    wanted = {n for part in review.scope.solutions for n in read_names(part.tree)}
    mine = (wanted | {"input", "print", "open"}) & review.binds - review.imports.keys()
    mine -= review.scope.solved.keys()
    for node in ast.walk(review.tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node.id in mine:
            remedy = "pass it as an argument, or give it a name of its own"
            yield node.lineno, f"the student's code does not see this {node.id}: {remedy}"


def last_word(review: Review) -> Told:
    """A name at the end could be points; the judge knows a call of the student's, no more."""
    last = review.tree.body[-1] if review.tree.body else None
    if isinstance(last, ast.Expr) and root(last.value) in review.words:
        remedy = "end it in an assert, or compute the points"
        yield last.lineno, f"a test's last value is points, and this is the student's: {remedy}"


def last_name(node: ast.expr) -> str:
    """The name that is called in the end, `read` of `file.read()`."""
    return node.attr if isinstance(node, ast.Attribute) else root(node)


RULES = (
    (ast.With | ast.FunctionDef, around),
    (ast.Call, looked),
    (ast.Call, patched),
    (ast.Call, typed),
    (ast.Call, files),
    (ast.Attribute | ast.Name, read),
    (ast.Assign | ast.AugAssign | ast.AnnAssign | ast.Delete, changed),
    (ast.Compare | ast.BinOp | ast.UnaryOp, compared),
    (ast.ClassDef | ast.ExceptHandler, derived),
    (ast.Global | ast.Await | ast.Name, refused),
)
