"""What a test may do with the student's code, line by line, over a socket to another process."""

import copy
import gc
import math
import pickle
import subprocess
import sys
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from autograder.engine.standin import StandIn
from autograder.engine.wire import WireError
from tests.engine.boxes import open_box

torch.set_num_threads(1)
IMPORTS = """
import copy, math, sys
from collections import Counter, OrderedDict, deque, namedtuple
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from random import Random
from types import SimpleNamespace
import numpy as np
import torch
from torch import nn
from torch.nn import functional as F
from greenlab import zoo
torch.set_num_threads(1)
Point = namedtuple("Point", "x y")
def make(text): return eval(text)
def same(x): return x
def told(x): return type(x).__name__, text_of(x)
def text_of(x):
    if isinstance(x, nn.Module):
        state = [*x.state_dict(keep_vars=True).values()]
        return repr((x, [module.training for module in x.modules()])) + text_of(state)
    if isinstance(x, torch.Tensor):
        return repr((x, x.requires_grad, x.grad_fn, x.grad if x.is_leaf else None))
    if isinstance(x, torch.optim.Optimizer):
        return repr(x.state_dict())
    if isinstance(x, torch.Generator):
        return repr(x.get_state().tolist())
    if isinstance(x, (np.random.Generator, np.random.RandomState)):
        return repr(x.random(5))
    if isinstance(x, list):
        return "".join(map(text_of, x))
    return repr(x.getstate() if isinstance(x, Random) else x)
def change(x, code): exec(code, globals(), {"x": x})
"""
HERE = {}
exec(IMPORTS, HERE)
VALUES = """
None · True · False · 0 · -7 · 2**80 · 0.1 · -0.0 · math.inf · 5e-324 · 1+2j · 'é\\ud800'
b'\\0\\xff' · int · dict · Random(3)
[] · [1, [2, (3,)]] · (1, 'a', None) · {'a': {1: 'b'}, (1, 2): None} · {1, 2} · frozenset({3})
slice(1, None, 2) · range(3, 30, 4) · bytearray(b'ab') · OrderedDict(b=1, a=2) · Counter('banana')
deque([1, 2], 3) · SimpleNamespace(a=[1]) · Point(1, [2]) · Fraction(1, 3) · Decimal('0.10')
date(2024, 2, 29) · datetime(2024, 2, 29, 1, 2, 3, 4, timezone.utc) · time(1, 2)
timedelta(-1, 5)
np.arange(6).reshape(2, 3) · np.zeros((2, 0)) · np.array(2.5) · np.array(['a', 'bc'])
np.float32(2) · np.array([True, False]) · np.bool_(True) · np.datetime64('2024-02-29')
np.timedelta64(3, 'D')
np.array(['2024'], dtype='M8[D]') · np.array([1j]) · np.dtype('f4') · np.asfortranarray(np.eye(2))
np.array([None, 'a', [1]], dtype=object) · np.random.default_rng(3) · np.random.RandomState(3)
torch.arange(6.).reshape(2, 3) · torch.eye(3).T[1:] · torch.zeros(2, 0) · torch.tensor(2)
torch.ones(2, dtype=torch.bfloat16) · torch.ones(2, dtype=torch.float16) · torch.tensor([True])
torch.ones(2, dtype=torch.uint8) · torch.tensor([1j]) · torch.tensor([1j]).conj()
torch.eye(3).to_sparse_csr() · torch.ones(2, requires_grad=True) · nn.Parameter(torch.ones(2))
torch.float64 · torch.bfloat16 · torch.device('cpu') · torch.Size([2, 3])
torch.Generator().manual_seed(3) · torch.tensor([[1., 3.], [4., 2.]]).max(1)
nn.ReLU · torch.optim.Adam · F.relu · F.gelu · F.cross_entropy
nn.Linear(2, 3) · nn.Conv2d(1, 2, 3) · nn.BatchNorm1d(2) · nn.Dropout(0.3).eval()
nn.Embedding(3, 2)
nn.LSTM(2, 3, batch_first=True) · nn.MultiheadAttention(4, 2) · nn.TransformerEncoderLayer(4, 2, 8)
nn.ModuleList([nn.Linear(1, 1)]) · nn.ModuleDict({'a': nn.Tanh()}) · nn.CrossEntropyLoss()
nn.Sequential(nn.Linear(2, 2), nn.Sequential(nn.ReLU(), nn.Flatten()))
zoo.mlp(3, 4, 2, dropout=.5)
nn.Linear(2, 3).state_dict() · torch.optim.SGD(nn.Linear(2, 1).parameters(), lr=0.5, momentum=0.9)
"""
VALUES = [text for line in VALUES.strip().splitlines() for text in line.split(" · ")]


@pytest.fixture(scope="module")
def talk():
    with open_box(IMPORTS) as session:
        yield session


def call(talk, name, *arguments, **keywords):
    return talk.look_up(name)(*arguments, **keywords)


def made(text):
    """The value as made here, with the numbers that the box draws, too."""
    torch.manual_seed(0)
    return HERE["make"](text)


@pytest.mark.parametrize("text", VALUES)
def test_by_value_from_the_student_s_code(talk, text):
    talk.begin(0)
    assert HERE["told"](call(talk, "make", text)) == HERE["told"](made(text))


@pytest.mark.parametrize("text", VALUES)
def test_by_value_to_the_student_s_code_and_back(talk, text):
    value = made(text)
    assert call(talk, "told", value) == HERE["told"](made(text))
    assert call(talk, "same", value) is value


def test_nan_stays_nan_and_equals_nothing(talk):
    assert math.isnan(call(talk, "same", math.nan))
    assert call(talk, "make", "math.nan") != call(talk, "make", "math.nan")
    assert (
        torch.tensor([math.nan])
        .isnan()
        .equal(call(talk, "make", "torch.tensor([math.nan]).isnan()"))
    )


def test_a_read_only_array_stays_read_only(talk):
    array = np.zeros(2)
    array.flags.writeable = False
    with pytest.raises(ValueError, match="read-only"):
        call(talk, "change", array, "x[0] = 1")


CHANGES = {
    "torch.zeros(3)": "x[0] = 7",
    "torch.ones(3)": "x.data[0] = 5",
    "torch.ones(2)": "x.numpy()[0] = 6",
    "torch.zeros(2)": "x.requires_grad_()",
    "torch.ones(2, 2)": "x.data = torch.zeros(3)",
    "torch.ones(2, requires_grad=True)": "(x * x).sum().backward()",
    "torch.tensor([True, False])": "x.logical_not_()",
    "np.zeros(3)": "x[1:] = 2",
    "np.array([None, 1], dtype=object)": "x[0] = [1]",
    "[1, 2]": "x.append([x[0]])",
    "[[1], [2]]": "x[1].append(3)",
    "{'a': 1}": "x['b'] = x.pop('a')",
    "{'a': {'b': 1}}": "x['a']['b'] += 1",
    "{1}": "x.add(2)",
    "bytearray(b'a')": "x.extend(b'b')",
    "deque([1], 2)": "x.extend([2, 3])",
    "Counter('a')": "x.update('ab')",
    "OrderedDict(a=1, b=2)": "x.move_to_end('a')",
    "SimpleNamespace(a=1)": "x.b = x.a",
    "([1],)": "x[0].clear()",
    "Random(3)": "x.random()",
    "np.random.default_rng(3)": "x.random()",
    "np.random.RandomState(3)": "x.normal()",
    "torch.Generator().manual_seed(3)": "torch.rand(2, generator=x)",
    "nn.Linear(2, 1)": "x.weight.data.fill_(1)",
    "nn.Linear(2, 2)": "x.weight = nn.Parameter(torch.ones(2, 2))",
    "nn.BatchNorm1d(2)": "x(torch.ones(3, 2))",
    "nn.Sequential(nn.Linear(2, 2), nn.Dropout())": "x.eval()",
    "nn.Sequential(nn.Linear(2, 2))": "x[0] = nn.LayerNorm(2); x[0].bias.data.fill_(2)",
    "nn.Sequential(nn.ReLU())": "x.append(nn.Tanh())",
    "nn.Linear(1, 1).state_dict()": "x['bias'].zero_()",
    "nn.Linear(3, 1)": "x.requires_grad_(False)",
}  # fmt: skip


@pytest.mark.parametrize("text", CHANGES)
def test_changed_in_place(talk, text):
    mine, theirs = made(text), made(text)
    HERE["change"](mine, CHANGES[text])
    call(talk, "change", theirs, CHANGES[text])
    assert HERE["told"](theirs) == HERE["told"](mine) != HERE["told"](made(text))


def test_views_of_one_another_inside_a_container_keep_who_is_who(talk):
    row = [0, 0]
    table = {"first": row, "again": row}
    call(talk, "change", table, "x['first'][0] = 5")
    assert table == {"first": [5, 0], "again": [5, 0]}
    assert table["again"] is row


TRAIN = """
def step(model, optimizer, x, y):
    loss = F.mse_loss(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()
def slower(optimizer): optimizer.param_groups[0]["lr"] /= 10
def watched(model): model.register_forward_hook(lambda *a: None); model.weight.data += 1
"""


@pytest.fixture(scope="module")
def training():
    with open_box(IMPORTS + TRAIN) as session:
        yield session


@pytest.mark.parametrize("kind", [torch.optim.SGD, torch.optim.Adam, torch.optim.RMSprop])
def test_steps_of_an_optimizer_go_on_from_each_other(training, kind):
    def run(step, slower):
        torch.manual_seed(1)
        model, x, y = nn.Linear(3, 1), torch.randn(8, 3), torch.randn(8, 1)
        optimizer = kind(model.parameters(), lr=0.1)
        losses = [step(model, optimizer, x, y) for _ in range(3)]
        slower(optimizer)
        losses.append(step(model, optimizer, x, y))
        return losses, [*model.parameters()], [p.grad for p in model.parameters()]

    own = dict(HERE)
    exec(TRAIN, own)
    theirs = run(training.look_up("step"), training.look_up("slower"))
    mine = run(own["step"], own["slower"])
    assert theirs[0] == mine[0]
    for a, b in zip(theirs[1] + theirs[2], mine[1] + mine[2], strict=True):
        assert torch.equal(a, b)


def test_a_hook_stays_there_and_what_it_left_in_the_weights_comes_back(training):
    model = nn.Linear(2, 1)
    before = model.weight.detach().clone()
    call(training, "watched", model)
    assert torch.equal(model.weight.detach(), before + 1)
    assert not model._forward_hooks


def test_a_model_with_a_hook_of_the_test_s_is_refused():
    model = nn.Linear(2, 1)
    model.register_forward_hook(lambda *_: None)
    with (
        open_box(IMPORTS + TRAIN) as session,
        pytest.raises(WireError, match="hand a Linear"),
    ):
        call(session, "watched", model)


@dataclass(frozen=True)
class Options:
    lr: float
    names: list


def test_dataclasses_of_the_test_s_are_read_by_name(talk):
    options = Options(0.1, ["a"])
    assert call(talk, "told", options) == (
        "SimpleNamespace",
        repr(SimpleNamespace(**vars(options))),
    )
    call(talk, "change", options, "x.names.append(x.lr); x.lr = 2")
    assert options == Options(2, ["a", 0.1])
    assert call(talk, "same", options) is options


GRADIENTS = """
def loss(z, v): return ((z - v) ** 2).sum() * 3
def two(z, v): return z * v, {"sum": z + v, "sign": (z > v)}
def of_model(model, x): return model(x).square().sum()
own = nn.Linear(3, 1)
def with_own(x): return own(x).sum()
def held():
    import gc
    from autograder.engine.inside import Inside
    (inside,) = [o for o in gc.get_objects() if type(o) is Inside]
    return len(inside.graphs), len(inside.handles)
class Thing: pass
"""


@pytest.fixture(scope="module")
def gradients():
    with open_box(IMPORTS + GRADIENTS) as session:
        yield session


def test_gradients_of_leaves_of_others_and_of_several_outputs(gradients):
    z, v = torch.randn(4, requires_grad=True), torch.randn(4)
    (2 * call(gradients, "loss", z, v)).backward()
    torch.testing.assert_close(z.grad, 12 * (z - v).detach())
    w = torch.randn(4, requires_grad=True)
    product, rest = call(gradients, "two", w * 2, w)
    assert not rest["sign"].requires_grad
    (product.sum() + rest["sum"].sum()).backward()
    torch.testing.assert_close(w.grad, 4 * w.detach() + 3)


def test_gradients_of_a_model_of_the_test_s(gradients):
    model, x = nn.Linear(3, 2), torch.randn(5, 3)
    call(gradients, "of_model", model, x).backward()
    expected = torch.autograd.grad(model(x).square().sum(), model.parameters())
    for parameter, gradient in zip(model.parameters(), expected, strict=True):
        torch.testing.assert_close(parameter.grad, gradient)


def test_second_derivatives_are_refused(gradients):
    z = torch.randn(3, requires_grad=True)
    loss = call(gradients, "loss", z, torch.zeros(3))
    with pytest.raises(RuntimeError, match="no second derivatives"):
        torch.autograd.grad(loss, z, create_graph=True)


def test_gradients_of_the_student_s_own_parameters_are_refused(gradients):
    with pytest.raises(RuntimeError, match=r"parameters stay with the student: call"):
        call(gradients, "with_own", torch.ones(1, 3)).backward()


def test_what_the_test_lets_go_the_box_forgets(gradients):
    for _ in range(20):
        z = torch.randn(3, requires_grad=True)
        call(gradients, "loss", z, torch.zeros(3)).backward()
        call(gradients, "Thing").mark = 1
    del z
    gradients.begin(0)  # the next test
    gc.collect()
    assert call(gradients, "held") == (0, 1)  # itself


HANDLES = """
class Counter2:
    kind = "counter"
    def __init__(self, start): self.n = start
    def __len__(self): return self.n
    def __getitem__(self, key): return key * self.n
    def __setitem__(self, key, value): self.n = value
    def __iter__(self): return iter(range(self.n))
    def __enter__(self): self.n += 1; return self
    def __exit__(self, *error): self.n -= 1
    def __str__(self): return f"counter at {self.n}"
    def add(self, more=1): self.n += more; return self
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(3, 2)
    def forward(self, x): return self.layer(x)
net = Net()
with_own_layer = nn.Sequential(Net(), nn.ReLU())
class Odd(ValueError): pass
def odd():
    raise Odd("strange")
def endless():
    while True: yield 1
def says(text):
    print(text); print("and more", file=sys.stderr)
    return text
def prints(): sys.stdout.write("x" * 10**6)
"""


@pytest.fixture(scope="module")
def handles():
    with open_box(IMPORTS + HANDLES) as session:
        yield session


def test_objects_by_handle(handles):
    counter = handles.look_up("Counter2")(3)
    assert handles.look_up("Counter2").kind == "counter"
    assert (counter.n, len(counter), counter[2], list(counter)) == (3, 3, 6, [0, 1, 2])
    assert counter.add(more=2) is counter
    counter.n, counter[0] = 7, 9
    with counter as inside:
        assert inside is counter
        assert counter.n == 10
    assert str(counter) == f"{counter}" == "counter at 9"
    assert "Counter2 object" in repr(counter)
    assert 8 in counter
    assert not hasattr(counter, "missing")
    twin = copy.deepcopy(counter)
    assert twin.add().n == counter.n + 1
    assert copy.copy(counter) is not counter
    with pytest.raises(TypeError):
        pickle.dumps(counter)


def test_models_by_handle(handles):
    net = handles.look_up("net")
    assert isinstance(net, nn.Module)
    assert sum(p.numel() for p in net.parameters()) == 8
    assert net.eval() is net
    assert net.training is False
    x = torch.randn(4, 3)
    torch.testing.assert_close(net(x), F.linear(x, net.layer.weight, net.layer.bias))
    assert dict(net.named_parameters()).keys() == {"layer.weight", "layer.bias"}
    assert handles.look_up("with_own_layer")(x).shape == (4, 2)


def test_exceptions_have_type_message_and_line(handles):
    with pytest.raises(ValueError, match=r"strange \(line \d+ of the student's cell\)") as caught:
        call(handles, "odd")
    assert type(caught.value).__name__ == "Odd"


def test_iterators_have_a_limit(monkeypatch):
    monkeypatch.setattr("autograder.engine.standin.MAX_ITEMS", 10)
    with open_box(IMPORTS + HANDLES) as session, pytest.raises(WireError, match="items"):
        sum(call(session, "endless"))


def test_what_the_student_s_code_prints_comes_out_here(handles, capsys):
    assert call(handles, "says", "hello") == "hello"
    assert capsys.readouterr().out == "hello\nand more\n"
    call(handles, "prints")
    assert 0 < len(capsys.readouterr().out) <= 100_000


CALLS = """
def twice(f, x): return f(f(x))
def keep(f):
    global kept
    kept = f
def use(x): return kept(x)
def caught(f):
    try: f(0)
    except ZeroDivisionError as error: return str(error)
def descend(f, w):
    loss = f(w)
    loss.backward()
    return w.grad
def epoch(loader): return len(loader), [(x.sum().item(), y.tolist()) for x, y in loader]
def total(items): return sum(items)
def back_and_forth(f): return f(lambda x: x + 1)
"""


@pytest.fixture(scope="module")
def calls():
    with open_box(IMPORTS + CALLS) as session:
        yield session


def test_functions_of_the_test_s_are_called_back_with_values(calls):
    seen = []
    assert call(calls, "twice", lambda x: seen.append(x) or [x], 1) == [[1]]
    assert seen == [1, [1]]
    assert call(calls, "caught", lambda x: 1 / x) == "division by zero"
    assert call(calls, "back_and_forth", lambda theirs: theirs(1) + theirs(2)) == 5


def test_a_function_of_one_test_s_is_gone_in_the_next(calls):
    call(calls, "keep", lambda x: x + 1)
    assert call(calls, "use", 1) == 2
    calls.begin(0)
    with pytest.raises(KeyError):
        call(calls, "use", 1)


def test_no_gradients_through_a_function_of_the_test_s(calls):
    with pytest.raises(RuntimeError, match="gives no gradients"):
        call(calls, "descend", lambda w: (w * w).sum(), torch.ones(2, requires_grad=True))
    theirs = call(calls, "descend", F.softplus, torch.zeros((), requires_grad=True))
    assert theirs == 0.5  # PyTorch's own functions are there, too


def test_what_can_be_iterated_over_is_asked_item_by_item(calls):
    data = torch.utils.data.TensorDataset(torch.arange(6.0).reshape(3, 2), torch.arange(3))
    loader = torch.utils.data.DataLoader(data, batch_size=2)
    assert call(calls, "epoch", loader) == (2, [(6.0, [0, 1]), (9.0, [2])])
    assert call(calls, "total", (x * x for x in range(4))) == 14


TRICKS = """
class Yes(float):
    def __eq__(self, other): return True
    def __bool__(self): return True
    __hash__ = float.__hash__
class YesInt(int):
    __eq__ = lambda s, o: True
    __hash__ = int.__hash__
class YesText(str):
    __eq__ = lambda s, o: True
    __hash__ = str.__hash__
class YesList(list):
    __eq__ = lambda s, o: True
    def __iter__(self): return iter([1, 2])
    def __len__(self): return 2
class YesArray(np.ndarray):
    __eq__ = lambda s, o: np.array(True)
    def __array_function__(self, *a): return True
class YesTensor(torch.Tensor):
    __eq__ = lambda s, o: True
    @classmethod
    def __torch_function__(cls, *a, **k): return True
class Liar:
    __eq__ = lambda s, o: True
    __class__ = float
    def __float__(self): return 4.0
    def __array__(self, *a, **k): return np.array(4.0)
    def __bool__(self): return True
    def __lt__(self, o): return True
def trick(name):
    plain = {"Yes": Yes(3), "YesInt": YesInt(3), "YesText": YesText("no"), "YesList": YesList([9])}
    plain["YesArray"] = np.zeros(2).view(YesArray)
    plain["YesTensor"] = torch.zeros(2).as_subclass(YesTensor)
    return plain[name] if name in plain else Liar()
"""


@pytest.fixture(scope="module")
def tricks():
    with open_box(IMPORTS + TRICKS) as session:
        yield session


def test_a_subclass_comes_as_its_base_holds_it(tricks):
    assert call(tricks, "trick", "Yes") != 4
    assert call(tricks, "trick", "YesInt") != 4
    assert call(tricks, "trick", "YesText") != "yes"
    assert call(tricks, "trick", "YesList") == [9]
    assert not np.allclose(call(tricks, "trick", "YesArray"), 1)
    assert not torch.equal(call(tricks, "trick", "YesTensor"), torch.ones(2))
    assert {type(call(tricks, "trick", n)) for n in ("Yes", "YesArray")} == {float, np.ndarray}


def test_an_object_that_equals_everything_equals_itself_alone(tricks):
    liar = call(tricks, "trick", "Liar")
    assert type(liar) is StandIn
    assert liar != 4.0
    assert liar == liar
    for use in (float, lambda x: x < 5, lambda x: np.testing.assert_allclose(x, 4.0), torch.tensor):
        with pytest.raises((TypeError, ValueError, AttributeError, RuntimeError)):
            use(liar)


BIG = """
def nest(n):
    made = []
    for _ in range(n): made = [made]
    return made
def large(n): return bytes(n)
def many(n): return list(range(n))
def sparse(): return torch.eye(3).to_sparse()
def knot():
    made = []
    made.append((made,))
    return made
"""


@pytest.mark.parametrize("expression", ["nest(5000)", "large(2**29)", "many(10**6)"])
def test_what_is_too_large_is_an_error_of_the_answer_s(expression):
    with open_box(IMPORTS + BIG) as session:
        with pytest.raises(Exception, match=r"too deeply|larger than|too many parts"):
            call(session, "make", expression)
        assert call(session, "make", "1 + 1") == 2


def test_knots_and_what_does_not_cross_by_value():
    with open_box(IMPORTS + BIG) as session:
        knot = call(session, "knot")
        assert knot[0][0] is knot
        assert type(call(session, "sparse")) is StandIn
        assert call(session, "sparse").to_dense().equal(torch.eye(3))


def test_without_torch_and_numpy_neither_is_loaded():
    program = (
        "import sys, autograder.engine.judge, autograder.engine.inside\n"
        "from autograder.engine.wire import Encoder, Decoder\n"
        "encoder = Encoder(None)\n"
        "message = encoder.message(encoder.add({'a': [1.5, (None,)]}))\n"
        "assert Decoder(message, None).value() == {'a': [1.5, (None,)]}\n"
        "print('torch' in sys.modules, 'numpy' in sys.modules)"
    )
    output = subprocess.check_output([sys.executable, "-c", program], text=True)
    assert output.split() == ["False", "False"]
