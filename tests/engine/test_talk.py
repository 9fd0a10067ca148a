"""Each line of what may cross between judge and box, over a real socket to a real process."""

import math
import os
import socket
import traceback
from contextlib import contextmanager

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from autograder.engine.inside import serve
from autograder.engine.link import Gone
from autograder.engine.session import Session, StudentError
from autograder.engine.standin import StandIn
from autograder.engine.wire import Decoder, Encoder, WireError
from greenlab import zoo

torch.set_num_threads(1)


@contextmanager
def box(source):
    """A session with a forked process in which `source` has run."""
    here, there = socket.socketpair()
    pid = os.fork()
    if pid == 0:
        try:
            here.close()
            namespace = {"torch": torch, "nn": nn, "np": np, "math": math}
            exec(source, namespace)
            serve(there, namespace, run=lambda cell: exec(cell, namespace))
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(0)
    there.close()
    try:
        yield Session(here)
    finally:
        here.close()
        os.waitpid(pid, 0)


@pytest.fixture(scope="module")
def talk():
    with box(STUDENT) as session:
        yield session


STUDENT = """
def same(x): return x
def twice(x): return x + x
def is_it(a, b): return a is b
def kind(x): return type(x).__module__ + "." + type(x).__qualname__
def fill(x):
    x[0] = 7
def through_data(t):
    t.data[0] = 5.0
def through_numpy(t):
    t.numpy()[0] = 6.0
def grow(items, table, group):
    items.append("new"); table["k"] = items; group.add(3)
def draw(g): return torch.rand(2, generator=g)
def draw_numpy(g): return g.random(2)
def step(model, x, y):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    loss = ((model(x) - y) ** 2).mean()
    optimizer.zero_grad(); loss.backward(); optimizer.step()
    return loss.item()
def step_with(model, optimizer, x):
    model(x).sum().backward(); optimizer.step()
def loss(z, v): return ((z - v) ** 2).sum() * 3
def two(z, v): return z * v, z + v
def set_eval(model): model.eval()
def calls(f): return f(2) + f(3)
def fails(): raise ValueError("no such thing")
class Odd(Exception): pass
def odd(): raise Odd("strange")
def leave(): raise SystemExit(3)
def forever():
    n = 0
    while True:
        yield n
        n += 1
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(3, 2)
    def forward(self, x): return self.layer(x)
net = Net()
class Yes(float):
    def __eq__(self, other): return True
    __hash__ = float.__hash__
def yes(): return Yes(3.0)
class Liar:
    def __eq__(self, other): return True
    def __float__(self): return 4.0
    def __array__(self, *a, **k): return np.array(4.0)
liar = Liar()
class Door:
    def __enter__(self): self.open = True; return self
    def __exit__(self, *a): self.open = False
door = Door()
count = 3
"""


def call(talk, name, *arguments, **keywords):
    return talk.ask("name", name)(*arguments, **keywords)


VALUES = [
    *(None, True, False, 0, -1, 2**80, 0.1, -0.0, math.inf, 1e-320, 1 + 2j, "é\ud800", b"\x00\xff"),
    *([], (), {}, set(), frozenset({1}), [1, [2, (3,)]], {"a": {1: "b"}, (1, 2): None}),
    *(slice(1, None, 2), range(3, 30, 4), bytearray(b"ab")),
    *(torch.float16, torch.device("cpu"), torch.Size([2, 3]), np.dtype("float32")),
]


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_plain_values_come_back_as_they_went(talk, value):
    back = call(talk, "same", value)
    assert type(back) is type(value)
    assert back == value
    assert repr(back) == repr(value)


def test_nan_and_its_payload():
    assert math.isnan(round_trip(math.nan))


def round_trip(value):
    encoder = Encoder(lambda v: pytest.fail(f"no handle expected for {v!r}"))
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


def test_views_transposes_and_csr_tensors(talk):
    t = torch.arange(12.0).reshape(3, 4).T[1:]
    assert torch.equal(call(talk, "twice", t), t + t)
    sparse = torch.eye(3).to_sparse_csr()
    assert torch.equal(call(talk, "twice", sparse).to_dense(), 2 * torch.eye(3))


@pytest.mark.parametrize(
    "array", [np.arange(6).reshape(2, 3), np.array(["a", "bc"]), np.array(2.5)]
)
def test_arrays_and_numpy_scalars(talk, array):
    assert call(talk, "same", array) is array
    back = round_trip(array)
    assert back.dtype == array.dtype
    np.testing.assert_array_equal(back, array)
    scalar = array.reshape(-1)[0]
    assert type(round_trip(scalar)) is type(scalar)


def test_arrays_of_objects_cross_where_the_objects_do(talk):
    array = np.array([None, [1], "text"], dtype=object)
    assert call(talk, "same", array) is array
    assert round_trip(array).tolist() == [None, [1], "text"]
    with box(STUDENT) as session, pytest.raises(WireError):
        call(session, "same", np.array([object()]))


def test_one_object_on_one_side_is_one_on_the_other(talk):
    a = [1]
    assert call(talk, "is_it", a, a) is True
    assert call(talk, "is_it", a, [1]) is False
    assert call(talk, "same", a) is a
    knot = []
    knot.append(knot)
    assert call(talk, "same", knot) is knot


def test_arguments_changed_in_place_come_back_changed(talk):
    tensor, array, items = torch.zeros(3), np.zeros(3), [0, 0]
    for thing in (tensor, array, items):
        call(talk, "fill", thing)
        assert thing[0] == 7
    for name, value in (("through_data", 5), ("through_numpy", 6)):
        call(talk, name, tensor)
        assert tensor[0] == value
    items, table, group = [], {}, {1}
    call(talk, "grow", items, table, group)
    assert items == ["new"]
    assert table["k"] is items
    assert group == {1, 3}


def test_generators_advance_here_as_there(talk):
    g, own = torch.Generator().manual_seed(3), torch.Generator().manual_seed(3)
    assert torch.equal(call(talk, "draw", g), torch.rand(2, generator=own))
    assert torch.equal(torch.rand(2, generator=g), torch.rand(2, generator=own))
    g, own = np.random.default_rng(3), np.random.default_rng(3)
    assert (call(talk, "draw_numpy", g) == own.random(2)).all()
    assert g.random() == own.random()


@pytest.mark.parametrize(
    "make", [lambda g: zoo.mlp(3, 4, 2, dropout=0.5, generator=g), lambda g: nn.Linear(3, 2)]
)
def test_a_model_is_trained_there_and_changed_here(talk, make):
    torch.manual_seed(0)
    model = make(torch.Generator().manual_seed(1))
    x, y = torch.randn(5, 3), torch.randn(5, 2)
    before = [p.clone() for p in model.parameters()]
    parameters = list(model.parameters())
    model.eval()
    twin = make(torch.Generator().manual_seed(1))
    twin.load_state_dict(model.state_dict())
    twin.eval()
    optimizer = torch.optim.SGD(twin.parameters(), lr=0.1)
    ((twin(x) - y) ** 2).mean().backward()
    optimizer.step()
    call(talk, "step", model, x, y)
    assert all(p is q for p, q in zip(parameters, model.parameters(), strict=True))
    assert not all(torch.equal(p, q) for p, q in zip(before, parameters, strict=True))
    for p, q in zip(parameters, twin.parameters(), strict=True):
        torch.testing.assert_close(p, q)


def test_a_model_and_the_optimizer_on_it_keep_their_link(talk):
    model = nn.Linear(2, 1)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.5)
    before = model.weight.detach().clone()
    call(talk, "step_with", model, optimizer, torch.ones(1, 2))
    torch.testing.assert_close(model.weight.detach(), before - 0.5)


def test_training_mode_set_there_is_set_here(talk):
    model = zoo.mlp(3, 4, 2, dropout=0.5)
    call(talk, "set_eval", model)
    assert not model.training
    assert not model[2].training


def test_gradients_cross_once(talk):
    z, v = torch.randn(4, requires_grad=True), torch.randn(4)
    (2 * call(talk, "loss", z, v)).backward()
    torch.testing.assert_close(z.grad, 2 * 3 * 2 * (z - v).detach())
    w = torch.randn(4, requires_grad=True)
    a, b = call(talk, "two", w * 2, w)  # not leaves of the judge's graph
    (a.sum() + b.sum()).backward()
    torch.testing.assert_close(w.grad, 4 * w.detach() + 3)
    z = torch.randn(3, requires_grad=True)
    (first,) = torch.autograd.grad(call(talk, "loss", z, torch.zeros(3)), z, create_graph=True)
    with pytest.raises(RuntimeError):
        first.sum().backward()


def test_functions_of_the_test_stay_here_and_are_called_back(talk):
    seen = []
    assert call(talk, "calls", lambda x: seen.append(x) or 10 * x) == 50
    assert seen == [2, 3]
    with pytest.raises(ZeroDivisionError):
        call(talk, "calls", lambda x: x / 0)


def test_what_else_the_judge_has_cannot_be_sent():
    class Secret:
        pass

    with box(STUDENT) as session, pytest.raises(WireError, match="can't hand a Secret"):
        call(session, "same", Secret())


def test_exceptions_come_with_type_message_and_line(talk):
    with pytest.raises(ValueError, match="no such thing"):
        call(talk, "fails")
    with pytest.raises(StudentError, match="strange") as caught:
        call(talk, "odd")
    assert type(caught.value).__name__ == "Odd"
    with pytest.raises(Exception, match="3"):
        call(talk, "leave")  # SystemExit there is no end here
    with pytest.raises(NameError):
        talk.ask("name", "nowhere")


def test_iterators_are_taken_item_by_item(talk):
    items = iter(call(talk, "forever"))
    assert [next(items) for _ in range(4)] == [0, 1, 2, 3]
    assert next(call(talk, "forever")) == 0


def test_a_student_s_model(talk):
    net = talk.ask("name", "net")
    assert isinstance(net, nn.Module)
    assert isinstance(net, StandIn) or type(net) is StandIn
    assert net(torch.zeros(2, 3)).shape == (2, 2)
    weight = net.layer.weight
    assert weight.shape == (2, 3)
    assert talk.ask("name", "net") is net


def test_with_and_plain_names(talk):
    door = talk.ask("name", "door")
    with door as inside:
        assert inside is door
        assert door.open is True
    assert door.open is False
    assert talk.ask("name", "count") == 3


def test_objects_that_equal_everything_equal_nothing(talk):
    assert call(talk, "yes") != 4
    assert call(talk, "yes") == 3.0
    liar = talk.ask("name", "liar")
    assert liar != 4
    with pytest.raises(TypeError):
        float(liar)
    with pytest.raises((TypeError, ValueError, AttributeError)):
        np.testing.assert_allclose(liar, 4.0)


def test_a_dead_box_is_noticed():
    with box("import os\ndef die(): os._exit(1)") as session, pytest.raises(Gone):
        call(session, "die")


CANARY = "canary-9f8e7d6c"


def test_nothing_of_the_judge_s_code_is_on_the_wire():
    sent = []

    class Tap:
        def __init__(self, sock):
            self.sock = sock

        def send(self, data, flags):
            sent.append(bytes(data))
            return self.sock.send(data, flags)

        def __getattr__(self, name):
            return getattr(self.sock, name)

    with box(STUDENT) as session:
        session.sock = Tap(session.sock)

        def secret(x):
            return x if CANARY else None

        call(session, "calls", secret)
    assert sent
    assert CANARY.encode() not in b"".join(sent)
