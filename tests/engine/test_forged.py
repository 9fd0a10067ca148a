"""Whatever a box sends, each cell gets a verdict, and the next test gets its points."""

import json
import os
import socket
import struct
import time
from contextlib import contextmanager
from dataclasses import asdict

import nbformat
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_notebook

from autograder.engine.inside import Inside
from autograder.engine.judge import Cell, Judge
from autograder.engine.link import receive, send
from autograder.engine.session import Session
from autograder.engine.wire import LIBRARIES, WireError

torch.set_num_threads(1)
SETUP = """
import torch
def double(x): return x + x
def things(): return iter([1, torch.zeros(2), object()])
class Thing:
    mark = 1
thing = Thing()
"""
USES = """
import torch
x = torch.ones(2, requires_grad=True)
model = torch.nn.Linear(2, 1)
seen = [x, [1], {"a": model}, lambda v: v]
got = [double(x), double(seen), list(things()), thing.mark, str(thing), double(model.weight)]
try:
    got[0].sum().backward()
except Exception:
    pass
print([repr(value)[:50] for value in got])
"""
CELLS = [
    Cell("setup", "run", SETUP, given=""),
    Cell("uses", "test", USES, 1.0),
    Cell("more", "run", "double(2)"),
    Cell("next", "test", "assert double([4]) == [4, 4]", 2.0),
]


class ForgingBox:
    """A forked process that answers the `turn`-th request by raw bytes, and all others rightly."""

    def __init__(self, turn=-1, raw=b"", seconds=5.0):
        self.seconds = seconds
        self.sock, there = socket.socketpair()
        self.pid = os.fork()
        if self.pid == 0:
            self.sock.close()
            try:
                Forger(there, turn, raw).serve()
            finally:
                os._exit(0)
        there.close()

    def usage(self):
        return None

    def over(self, since, began):
        return "it took too long" if time.monotonic() - began > self.seconds else None

    def kill(self):
        self.sock.close()
        os.kill(self.pid, 9)
        os.waitpid(self.pid, 0)


class Forger(Inside):
    def __init__(self, sock, turn, raw):
        namespace = {"__name__": "__main__"}

        def run(source):
            exec(source, namespace)
            return [[{"output_type": "stream", "name": "stdout", "text": "ran"}], None]

        super().__init__(sock, namespace, run)
        self.turn, self.raw = turn, raw

    def serve(self):
        while True:
            message = receive(self.sock)
            self.sock.sendall(self.raw) if self.turn == 0 else send(self.sock, self.answer(message))
            self.turn -= 1


def graded(turn, raw, seconds=5.0):
    """The verdicts where the first box forges."""
    boxes = []

    def open_box():
        boxes.append(ForgingBox(turn, raw, seconds) if not boxes else ForgingBox())
        return boxes[-1]

    return Judge(CELLS, open_box, time.monotonic).grade()


def assert_sound(verdicts):
    assert [v.id for v in verdicts] == ["setup", "uses", "more", "next"]
    assert [v.score for v in verdicts[::2]] == [None, None]
    assert verdicts[1].score in (0.0, 1.0)
    assert verdicts[3].score == 2.0, verdicts[3].error
    json.dumps([asdict(v) for v in verdicts], allow_nan=False).encode()
    outputs = [nbformat.from_dict(o) for v in verdicts for o in v.outputs]
    nbformat.validate(new_notebook(cells=[new_code_cell(outputs=outputs)]))
    assert all(v.error is None or isinstance(v.error, str) for v in verdicts)


KINDS = """
plain int float complex str bytes bytearray list tuple set frozenset dict Counter OrderedDict slice
range type handle yours callback grad items nothing
"""
WORDS = """
ok raise callback float32 <f4 O Linear SGD relu os system x torch.nn.modules.linear 0x5 deque
torch.nn.functional torch.optim Generator _parameters forward key
"""
library_kinds = [kind for _, kinds in LIBRARIES.values() for kind in kinds]
kinds = st.sampled_from(KINDS.split() + library_kinds)
small = st.integers(-2, 14)
words = st.sampled_from([*WORDS.split(), chr(0xD800)])
loose = st.recursive(
    st.none() | st.booleans() | small | words | st.sampled_from([2**40, 10**30, 1.5]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=3),
    max_leaves=6,
)
nodes = st.one_of(
    st.tuples(kinds, loose, loose, loose).map(list),
    st.tuples(st.just("str"), st.integers(0, 5)).map(list),
    st.tuples(st.sampled_from(["list", "tuple", "set"]), st.lists(small, max_size=5)).map(list),
    st.tuples(st.just("dict"), st.lists(st.tuples(small, small), max_size=4)).map(list),
    st.tuples(st.just("yours"), small).map(list),
    st.tuples(st.just("handle"), small, st.just({"name": "x", "module": True})).map(list),
    st.tuples(st.just("grad"), small, st.lists(small, max_size=3), small).map(list),
    st.tuples(
        st.sampled_from(["tensor", "parameter"]),
        st.sampled_from(["float32", "bool", "int64"]),
        st.lists(small, max_size=3),
        st.integers(0, 5),
        st.booleans(),
        small,
    ).map(list),
    st.tuples(st.just("module"), words, words, small).map(list),
    loose,
)
texts = st.sampled_from([b"ok", b"raise", b"callback", b"", b"\xff\x00\x00\x00", bytes(8)])


@st.composite
def messages(draw):
    """A message that is nearly one: often with the outer form of an answer."""
    table = draw(st.lists(nodes, max_size=10))
    if draw(st.integers(0, 3)):
        verb = draw(st.sampled_from([b"ok", b"ok", b"raise", b"callback"]))
        table = [["list", [1, 2, 3, 4]], ["str", 0], *table]
        table[3:4] = [["str", 1]] if verb != b"callback" else [["tuple", [2]]]
        buffers = [verb, b"printed", *draw(st.lists(texts, max_size=4))]
        root = 0
    else:
        buffers, root = draw(st.lists(texts, max_size=4)), draw(small)
    lengths = [len(b) for b in buffers]
    head = json.dumps([root, table, lengths]).encode()
    body = struct.pack("<I", len(head)) + head + b"".join(buffers)
    return struct.pack("<Q", len(body)) + body


SLOW = {"deadline": None, "suppress_health_check": list(HealthCheck)}


@settings(max_examples=60, **SLOW)
@given(st.integers(1, 16), messages())
def test_forged_answers(turn, raw):
    assert_sound(graded(turn, raw))


@settings(max_examples=20, **SLOW)
@given(st.integers(1, 16), st.binary(max_size=200))
def test_noise(turn, raw):
    assert_sound(graded(turn, raw, seconds=0.5))


@contextmanager
def scripted(*frames):
    """A session whose box's answers have been written before it asks."""
    here, there = socket.socketpair()
    there.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2**22)
    with here, there:
        for frame in frames:
            there.sendall(frame)
        yield Session(here)


def framed(table, buffers=()):
    """A message of these nodes and buffers, the first node its root."""
    head = json.dumps([0, table, [len(b) for b in buffers]]).encode()
    body = struct.pack("<I", len(head)) + head + b"".join(buffers)
    return struct.pack("<Q", len(body)) + body


def answer(*nodes, buffers=(), changes=()):
    """An answer of the box's: its value is the first of these nodes, the others count from 5."""
    table = [["list", [1, 2, 3, 4]], ["str", 0], nodes[0], ["str", 1], ["list", list(changes)]]
    return framed([*table, *nodes[1:]], [b"ok", b"", *buffers])


HANDLE = ["handle", 7, {"name": "forward", "module": False}]
LINEAR = ["module", "torch.nn.modules.linear", "Linear", 5]
KEY = ["str", 2]  # the first of the buffers below
REFUSED = {
    "a layer": answer(
        LINEAR, ["dict", [[6, 7]]], KEY, ["dict", [[9, 8]]], HANDLE, ["str", 3],
        buffers=[b"_modules", b"layer"],
    ),
    "a parameter": answer(
        LINEAR, ["dict", [[6, 7]]], KEY, ["dict", [[9, 8]]], HANDLE, ["str", 3],
        buffers=[b"_parameters", b"weight"],
    ),
    "a value": answer(
        LINEAR, ["dict", [[6, 7]]], KEY, ["list", [8]], HANDLE, buffers=[b"in_features"]
    ),
    "a value that comes later": answer(
        ["list", [8, 9]], ["dict", [[6, 2]]], KEY, ["plain", None], LINEAR, HANDLE,
        buffers=[b"in_features"],
    ),
    "another module's class": answer(["module", "os", "system", 5], ["dict", []]),
    "another class of torch's": answer(
        ["module", "torch.nn.modules.module", "_IncompatibleKeys", 5], ["dict", []]
    ),
    "any function": answer(["named", "torch.nn.functional", "torch"]),
    "torch.load": answer(["named", "torch", "load"]),
    "a class of objects": answer(["ndarray", "|O", [1], 2, True], buffers=[bytes(8)]),
    "a state beyond its numbers": answer(
        ["random", "RandomState", 5],
        ["dict", [[6, 7], [8, 9], [14, 16], [15, 17]]],
        ["str", 2], ["str", 3], ["str", 4], ["dict", [[10, 11], [12, 13]]],
        ["str", 5], ["ndarray", "<u4", [624], 6, True], ["str", 7], ["int", hex(10**7)],
        ["str", 8], ["str", 9], ["int", "0x0"], ["float", bytes(8).hex()],
        buffers=[
            *(b"bit_generator", b"MT19937", b"state", b"key", bytes(4 * 624), b"pos"),
            *(b"has_gauss", b"gauss"),
        ],
    ),
    "too deep": answer(*[["list", [n + 5]] for n in range(300)], ["plain", None]),
    "deep brackets": struct.pack("<QI", 10**6 + 4, 10**6) + b"[" * 10**6,
    "a long table": struct.pack("<QII", 8, 2**27, 0),
    "a name that is none": answer(["namedtuple", "x = 1", ["a b"], []]),
    "a set of sets": answer(["set", [5]], ["set", []]),
    "no answer": framed([["plain", None]]),
    "an odd answer": framed([["list", [1]], ["str", 0]], [b"ok"]),
    "an odd exception": framed(
        [["list", [1, 2, 3, 4]], ["str", 0], ["plain", None], ["str", 1], ["list", []]],
        [b"raise", b""],
    ),
    "a change of nothing": answer(
        ["plain", None], ["list", [6, 2]], ["int", "0x99"], changes=[5]
    ),
    "a change of another kind": answer(["plain", None], ["list", [6, 2]], ["int", "0x0"],
                                       changes=[5]),
    "a callback that none is": framed(
        [["list", [1, 2, 3, 4]], ["str", 0], ["int", "0x5"], ["tuple", []], ["list", []]],
        [b"callback"],
    ),
    "too large": struct.pack("<Q", 2**40),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_refused(what):
    with scripted(REFUSED[what]) as session:
        with pytest.raises(WireError):
            session.ask("name", "x")
        with pytest.raises(WireError):  # and nothing is asked of that box again
            session.ask("name", "y")


@pytest.mark.parametrize("key", ["forward", "_forward_hooks", "__class__", "_compiled_call_impl"])
def test_a_module_can_t_be_made_to_answer_by_the_box(key):
    state = ["dict", [[6, 8], [7, 9]]]
    name, size, hooks = ["str", 2], ["str", 3], ["dict", [[10, 11]]]
    value = hooks if "hooks" in key else HANDLE
    raw = answer(
        LINEAR, state, name, size, value, ["int", "0x3"], ["int", "0x0"], HANDLE,
        buffers=[key.encode(), b"in_features"],
    )  # fmt: skip
    with scripted(raw) as session:
        module = session.ask("name", "x")
    assert type(module) is torch.nn.Linear
    assert module.in_features == 3
    assert key not in vars(module) or not vars(module)[key]


def test_a_model_of_the_test_s_can_t_be_made_to_answer_by_the_box():
    model = torch.nn.Linear(1, 1)
    changed = [
        ["list", [6, 7]], ["int", "0x3"], [*LINEAR[:3], 8], ["dict", [[9, 10]]], ["str", 2], HANDLE,
    ]  # fmt: skip
    raw = answer(["plain", None], *changed, changes=[5], buffers=[b"forward"])
    with scripted(raw) as session:
        session.ask("call", model)
    assert "forward" not in vars(model)


@pytest.mark.parametrize("name", ["KeyError", "KeyboardInterrupt", "SystemExit", "x y", "", "int"])
def test_an_exception_is_one_that_a_test_survives(name):
    told = ["dict", [[5, 6], [7, 8], [9, 10], [11, 4]]]
    parts = [["str", 2], ["str", 3], ["str", 4], ["list", [6]], ["str", 5], ["str", 6], ["str", 7]]
    raw = framed(
        [["list", [1, 2, 3, 4]], ["str", 0], told, ["str", 1], ["list", []], *parts],
        [b"raise", b"", b"name", name.encode(), b"kinds", b"message", b"x" * 10**6, b"line"],
    )
    with scripted(raw) as session, pytest.raises(Exception, match="xxx") as caught:
        session.ask("name", "x")
    assert len(str(caught.value)) < 20_000
