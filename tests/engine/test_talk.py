"""What goes over the wire: any nest of plain values, tensors of any kind, and nothing else."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.engine.link import Gone
from autograder.engine.session import StudentError
from autograder.engine.wire import Decoder, Encoder, WireError
from tests.engine.boxes import open_box

STUDENT = """
import torch
def same(x): return x
def twice(x): return x + x
def is_it(a, b): return a is b
def calls(f): return f(2) + f(3)
def leave(): raise SystemExit(3)
def die():
    import os
    os._exit(1)
"""


@pytest.fixture(scope="module")
def talk():
    with open_box(STUDENT) as session:
        yield session


def call(talk, name, *arguments, **keywords):
    return talk.look_up(name)(*arguments, **keywords)


def round_trip(value):
    encoder = Encoder(lambda v, add: pytest.fail(f"no handle expected for {v!r}"))
    return Decoder(encoder.message(encoder.add(value)), lambda node, get: node).value()


plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner, inner),
    max_leaves=30,
)


@settings(deadline=None)
@given(plain)
def test_any_nest_of_plain_values(value):
    assert round_trip(value) == value


@pytest.mark.parametrize("dtype", ["float32", "float64", "bfloat16", "float16", "int64", "bool"])
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 0, 3), (2, 3)])
def test_tensors_of_any_kind_and_shape(talk, dtype, shape):
    tensor = torch.ones(shape, dtype=getattr(torch, dtype))
    back = call(talk, "same", tensor)
    assert back is tensor
    doubled = call(talk, "twice", tensor)
    assert doubled.dtype == (tensor + tensor).dtype
    assert torch.equal(doubled, tensor + tensor)


def test_one_object_on_one_side_is_one_on_the_other(talk):
    a = [1]
    assert call(talk, "is_it", a, a) is True
    assert call(talk, "is_it", a, [1]) is False
    knot = []
    knot.append(knot)
    assert call(talk, "same", knot) is knot


@pytest.mark.parametrize("what", [object(), np.array([object()]), [lambda: 1, object()]])
def test_what_cannot_be_sent_ends_the_talk_with_its_name(what):
    with open_box(STUDENT) as session:
        with pytest.raises(WireError, match="can't hand a object"):
            call(session, "same", what)
        with pytest.raises(WireError, match="can't hand a object"):  # whoever swallowed that
            call(session, "same", 1)


def test_an_exit_is_an_exception_here(talk):
    with pytest.raises(StudentError, match="3") as caught:
        call(talk, "leave")
    assert type(caught.value).__name__ == "SystemExit"
    assert not isinstance(caught.value, SystemExit)


def test_a_name_that_is_none(talk):
    with pytest.raises(NameError, match="nowhere"):
        talk.look_up("nowhere")


def test_a_dead_box_is_noticed():
    with open_box(STUDENT) as session, pytest.raises(Gone):
        call(session, "die")


CANARY = "canary-9f8e7d6c"


def test_nothing_of_the_judge_s_code_is_on_the_wire():
    sent = []

    class Tap:
        def __init__(self, sock):
            self.sock = sock

        def sendmsg(self, parts):
            sent.append(b"".join(parts))
            return self.sock.sendmsg(parts)

        def __getattr__(self, name):
            return getattr(self.sock, name)

    with open_box(STUDENT) as session:
        session.sock = Tap(session.sock)

        def secret(x):
            return x if CANARY else None

        call(session, "calls", secret)
    assert sent
    assert CANARY.encode() not in b"".join(sent)


NAMES = """
def one(): return 1
def now(): return 1
def later():
    global now
    def now(): return 2
class Count: pass
"""


def test_a_test_asks_for_a_name_once_unless_the_student_s_code_may_bind_it_anew(monkeypatch):
    with open_box(NAMES) as session:
        session.sources, asked, ask = [NAMES], [], session.ask
        monkeypatch.setattr(session, "ask", lambda *words: asked.append(words[:2]) or ask(*words))
        session.begin(0)
        assert [session.look_up("one")() for _ in range(3)] == [1, 1, 1]
        assert asked.count(("name", "one")) == 1
        assert session.look_up("now")() == 1
        session.look_up("later")()
        assert session.look_up("now")() == 2
        session.begin(1)
        assert session.look_up("one")() == 1
        assert asked.count(("name", "one")) == 2
