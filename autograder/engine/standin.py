"""The judge's side of the conversation: stand-ins for what the student defined.

A stand-in forwards calls, attributes, items, iteration, length and `with` to the box and brings
plain values back. It never answers a comparison: two stand-ins are equal when they are the same.
"""

from __future__ import annotations

import builtins
import socket
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor, nn

from autograder.engine.graph import connect
from autograder.engine.link import receive, send
from autograder.engine.ownwork import own_work
from autograder.engine.wire import Decoder, Encoder, WireError

MAX_ITEMS = 1_000_000  # that a test takes from one iterator of the student's
NOT_RAISED = (KeyboardInterrupt, SystemExit, GeneratorExit)  # would end the judge itself


class StudentError(Exception):
    """An exception of the student's code, of a type that only the box knows."""


class Session:
    """One judge's talk with one box."""

    def __init__(self, sock: socket.socket, tick: Callable[[], None] | None = None) -> None:
        self.sock = sock
        self.tick = tick
        self.standins: dict[int, StandIn] = {}
        self.callbacks: list[Callable] = []
        self.sources: list[str] = []  # the student's and the course's cells that have run

    def ask(self, verb: str, *rest: Any) -> Any:
        """What the box answers; arguments that it changed are changed here too.

        Raises the student's exception, Gone when the box died, WireError for an answer that may
        not cross.
        """
        encoder = Encoder(self.name)
        send(self.sock, encoder.message(encoder.add([verb, *rest])))
        while True:
            answer = receive(self.sock, self.tick)
            decoder = Decoder(answer, lambda node, get: self.special(node, get, encoder))
            value = decoder.value()
            if not isinstance(value, list) or not value:
                raise WireError("an answer that is none")
            if value[0] == "callback":
                self.call_back(*value[1:4])
                continue
            self.take_changes(value[-1], encoder)
            if value[0] == "ok":
                return value[1]
            raise as_exception(*value[1:5])

    def look_up(self, name: str) -> Any:
        """What the student's `name` is: a plain value, or a stand-in that knows its name.

        Raises NameError when there is none.
        """
        value = self.ask("name", name)
        if isinstance(value, StandIn):
            inner(value)["_asked"] = name
        return value

    def name(self, value: Any) -> list:
        """The node of what can't go by value: a stand-in's handle, a number for a function."""
        if isinstance(value, StandIn):
            return ["handle", handle_of(value)]
        if callable(value) and not isinstance(value, type):
            self.callbacks.append(value)
            return ["callback", len(self.callbacks) - 1]
        raise WireError(f"a test can't hand a {type(value).__name__} to the student's code")

    def special(self, node: list, get: Callable[[int], Any], encoder: Encoder) -> Any:
        """What a node of the box's stands for here; `get` builds another node of the message."""
        kind, *rest = node
        if kind == "grad":
            token, numbers, value = rest
            inputs = [encoder.kept[number] for number in numbers]
            return connect(self.ask, token, get(value), inputs)
        if kind == "yours":
            return encoder.kept[rest[0]]
        if kind == "handle":
            number, traits = rest
            if number not in self.standins:
                self.standins[number] = StandIn(self, number, traits)
            return self.standins[number]
        if kind == "callback":
            return self.callbacks[rest[0]]
        raise WireError(f"unknown node {kind!r}")

    def call_back(self, number: int, arguments: tuple, keywords: dict) -> None:
        """Call a function of the test's for the box, and send what it gives or raises."""
        try:
            answer = ["returned", self.callbacks[number](*arguments, **keywords)]
        except Exception as error:
            answer = ["raised", type(error).__name__, str(error)]
        encoder = Encoder(self.name)
        send(self.sock, encoder.message(encoder.add(answer)))

    def take_changes(self, changes: list, encoder: Encoder) -> None:
        """Write what the student's code changed in place into the judge's own objects."""
        for number, new in changes:
            change(encoder.kept[number], new)


def change(own: Any, new: Any) -> None:
    """Make `own` hold what `new` holds, of the same kind. Raises WireError for another kind."""
    if isinstance(own, Tensor) and isinstance(new, Tensor):
        with torch.no_grad():
            if own.shape == new.shape and own.dtype == new.dtype:
                own.copy_(new)
            else:
                own.data = new.detach()
        if own.is_leaf:
            own.requires_grad_(new.requires_grad)
    elif isinstance(own, nn.Module) and isinstance(new, dict):
        for key, value in new.items():
            if key in ("_parameters", "_buffers", "_modules"):
                own.__dict__[key].clear()
                own.__dict__[key].update(value)
            else:
                own.__dict__[key] = value
    elif isinstance(own, torch.Generator) and isinstance(new, torch.Generator):
        own.set_state(new.get_state())
    elif hasattr(own, "bit_generator") and isinstance(new, dict):
        own.bit_generator.state = new
    elif isinstance(own, list | bytearray) and type(own) is type(new):
        own[:] = new
    elif isinstance(own, dict | set) and type(own) is type(new):
        own.clear()
        own.update(new)
    elif hasattr(own, "shape") and type(own) is type(new) and own.shape == new.shape:
        own[...] = new
    else:
        raise WireError(f"a {type(own).__name__} can't be changed into a {type(new).__name__}")


def as_exception(name: str, kinds: list, message: str, line: int | None) -> Exception:
    """The student's exception, to be caught here as the built-in type that it is of."""
    known = (getattr(builtins, str(kind), None) for kind in kinds)
    exceptions = (k for k in known if isinstance(k, type) and issubclass(k, Exception))
    base = next(exceptions, Exception)
    kind = base if base.__name__ == name else type(str(name), (StudentError, base), {})
    where = f" (line {line} of the student's cell)" if line else ""
    try:
        return kind(f"{message}{where}")
    except TypeError:  # a built-in that wants more arguments, UnicodeDecodeError
        return StudentError(f"{name}: {message}{where}")


class StandIn:
    """A function, class, object or model that lives in the box."""

    def __init__(self, session: Session, number: int, traits: dict) -> None:
        own = object.__getattribute__(self, "__dict__")
        own.update(_session=session, _number=number, _traits=traits, _asked="")

    @property
    def __class__(self) -> type:  # so that isinstance(model, nn.Module) holds
        return nn.Module if inner(self)["_traits"].get("module") else StandIn

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        return session_of(self).ask("call", self, arguments, keywords)

    def __own_work__(self, without: str) -> None:
        """What `greenlab.check.own_work` asks of a stand-in: told by the source, not the box."""
        own_work(inner(self)["_asked"], session_of(self).sources, without)

    def __getattr__(self, name: str) -> Any:
        if name == "__name__":
            return str(inner(self)["_traits"].get("name"))
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)  # __array__, __float__, … would let the box pose as a value
        return session_of(self).ask("attribute", self, name)

    def __setattr__(self, name: str, value: Any) -> None:
        session_of(self).ask("set_attribute", self, name, value)

    def __getitem__(self, key: Any) -> Any:
        return session_of(self).ask("item", self, key)

    def __setitem__(self, key: Any, value: Any) -> None:
        session_of(self).ask("set_item", self, key, value)

    def __len__(self) -> int:
        return session_of(self).ask("length", self)

    def __bool__(self) -> bool:
        return True

    def __iter__(self) -> Iterator[Any]:
        session = session_of(self)
        iterator = session.ask("iterate", self)
        for _ in range(MAX_ITEMS):
            try:
                yield session.ask("next", iterator)
            except StopIteration:
                return
        raise WireError(f"more than {MAX_ITEMS:,} items from one iterator")

    def __next__(self) -> Any:
        return session_of(self).ask("next", self)

    def __enter__(self) -> Any:
        return session_of(self).ask("attribute", self, "__enter__")()

    def __exit__(self, *error: Any) -> bool:
        leave = session_of(self).ask("attribute", self, "__exit__")
        return leave(None, None, None) is True

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return handle_of(self)

    def __repr__(self) -> str:
        return f"<the student's {inner(self)['_traits'].get('name')}>"


def inner(standin: StandIn) -> dict:
    return object.__getattribute__(standin, "__dict__")


def session_of(standin: StandIn) -> Session:
    return inner(standin)["_session"]


def handle_of(standin: StandIn) -> int:
    return inner(standin)["_number"]
