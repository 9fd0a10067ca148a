"""The judge's side of the conversation with one box: requests, and answers that are only values."""

from __future__ import annotations

import builtins
import dataclasses
import itertools
import re
import socket
import sys
from collections.abc import Callable
from typing import Any
from weakref import WeakValueDictionary

from autograder.engine.changes import change, content
from autograder.engine.link import Gone, OverLimit, receive, send, ticking
from autograder.engine.standin import StandIn, handle_of, inner
from autograder.engine.wire import Decoder, Encoder, WireError

MAX_WORDS = 10_000  # characters of an exception's message
FATAL = (Gone, OverLimit, WireError)


class StudentError(Exception):
    """An exception of the student's code, of a type that only the box knows."""


class Session:
    """One judge's talk with one box."""

    def __init__(self, sock: socket.socket, tick: Callable[[], None] = lambda: None) -> None:
        self.sock = ticking(sock)
        self.tick = tick
        self.standins: WeakValueDictionary[int, StandIn] = WeakValueDictionary()
        self.dropped: list[int] = []  # numbers of the box's that nothing here holds any more
        self.callbacks: dict[int, Callable] = {}
        self.sources: list[str] = []  # the student's and the course's cells that have run
        self.fault: BaseException | None = None  # what ended the session
        self.before: dict[int, tuple[Any, Any]] = {}  # what a test's arguments held
        self.named: dict[str, StandIn] = {}  # what one test has looked up
        self.count = itertools.count()

    def ask(self, verb: str, *rest: Any) -> Any:
        """What the box answers; arguments that it changed are changed here too.

        Raises the student's exception; Gone when the box died, WireError for what may not cross,
        whatever `tick` raises: with these the session ends.
        """
        if self.fault is not None:
            raise self.fault
        dropped, self.dropped[:] = list(self.dropped), []
        encoder = Encoder(self.name, kinds=(StandIn,))
        try:
            request = encoder.add([dropped, verb, *rest])
            send(self.sock, encoder.message(request), self.tick)
            while (answer := self.answer(encoder)) is None:
                pass
        except BaseException as error:  # what comes next on the socket is anyone's guess
            self.fault = error
            raise
        if isinstance(answer, Exception):
            raise answer
        return answer[0]

    def answer(self, encoder: Encoder) -> list | Exception | None:
        """One message of the box's: a value, the student's exception, None if it called back."""
        message = receive(self.sock, self.tick, alone=True)
        decoder = Decoder(message, lambda node, get: self.special(node, get, encoder))
        try:
            match decoder.value():
                case ["callback", int(number), tuple(arguments), dict(keywords)]:
                    self.call_back(number, arguments, keywords)
                    return None
                case [("ok" | "raise") as how, value, str(printed), list(changes)]:
                    if printed:
                        print(printed, end="")
                    self.take_changes(changes, encoder)
                    return [value] if how == "ok" else as_exception(value)
        except FATAL:
            raise
        except Exception as error:
            raise WireError(f"{type(error).__name__}: {error}") from None
        raise WireError("an answer that is none")

    def begin(self, seed: int) -> None:
        """Before a test: seed the box, forget the functions that other tests have passed in."""
        self.callbacks.clear()
        self.named.clear()
        self.ask("begin", seed)

    def look_up(self, name: str) -> Any:
        """What the student's `name` is: a plain value, or a stand-in that knows its name.

        A stand-in is asked for once a test, as a loop over calls would ask each time, unless the
        student's code can bind its name anew. Raises NameError when there is none.
        """
        if name in self.named:
            return self.named[name]
        value = self.ask("name", name)
        if type(value) is StandIn:
            inner(value)["_asked"] = name
            rebound = re.compile(rf"\bglobals\b|\bexec\b|\bglobal\b.*\b{re.escape(name)}\b")
            if not any(map(rebound.search, self.sources)):
                self.named[name] = value
        return value

    def name(self, value: Any, add: Callable[[Any], int]) -> list:
        """The node of what can't go by value: a stand-in's handle, a number for a function."""
        if type(value) is StandIn:
            return ["handle", handle_of(value)]
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            names = [field.name for field in dataclasses.fields(value)]
            return ["namespace", add({name: getattr(value, name) for name in names})]
        if callable(value) and not isinstance(value, type) and not is_module(value):
            return ["callback", self.offer(value)]
        if hasattr(type(value), "__iter__"):  # such as a DataLoader
            start, length = self.offer(lambda: iter(value).__next__), self.offer(lambda: len(value))
            return ["items", start, length]
        raise WireError(f"a test can't hand a {type(value).__name__} to the student's code")

    def offer(self, function: Callable) -> int:
        """The number under which the box may call a function of the test's."""
        number = next(self.count)
        self.callbacks[number] = function
        return number

    def special(self, node: list, get: Callable[[int], Any], encoder: Encoder) -> Any:
        """What a node of the box's stands for here; `get` builds another node of the message."""
        match node:
            case ["handle", int(number), {"name": str(name), "module": bool(module)}]:
                if number in self.dropped:
                    self.dropped.remove(number)
                standin = self.standins.get(number) or StandIn(self, number, name, module)
                self.standins[number] = standin
                return standin
            case ["yours", int(number)]:
                return encoder.kept[number]
            case ["callback", int(number)]:
                return self.callbacks[number]
            case ["grad", int(token), list(numbers), int(value)]:
                from autograder.engine.graph import Token, connect

                inputs = [encoder.kept[number] for number in numbers]
                return connect(self.ask, Token(token, self.dropped), get(value), inputs)
        raise WireError(f"unknown node {str(node)[:50]}")

    def call_back(self, number: int, arguments: tuple, keywords: dict) -> None:
        """Call a function of the test's for the box, and send what it gives or raises."""
        try:
            value = self.callbacks[number](*arguments, **keywords)
            if getattr(value, "grad_fn", None) is not None:
                raise RuntimeError("a function that a test passes in gives no gradients")
            answer = ["returned", value]
        except FATAL:
            raise
        except Exception as error:
            answer = ["raised", type(error).__name__, str(error)]
        encoder = Encoder(self.name, kinds=(StandIn,))
        send(self.sock, encoder.message(encoder.add(answer)), self.tick)

    def take_changes(self, changes: list, encoder: Encoder) -> None:
        """Write what the student's code changed in place into the judge's own objects."""
        for number, new in changes:
            if type(new) is not StandIn:  # else it is no value any more: a model with a hook
                own = encoder.kept[number]
                if id(own) not in self.before:
                    self.before[id(own)] = own, content(own)
                change(own, new)

    def undo_changes(self) -> None:
        """After a test: the course's data as they were, so that no later one sees them changed."""
        for own, kept in self.before.values():
            if kept is not None:
                change(own, kept)
        self.before.clear()


def is_module(value: Any) -> bool:
    """Whether it is a model, which is callable but no function."""
    return isinstance(value, getattr(sys.modules.get("torch.nn"), "Module", ()))


def as_exception(told: dict) -> Exception:
    """The student's exception, to be caught here as the built-in type that it is of."""
    name, message, line = str(told["name"])[:99], str(told["message"])[:MAX_WORDS], told["line"]
    name = name if name.isidentifier() else "Exception"
    known = (getattr(builtins, str(kind), None) for kind in told["kinds"])
    exceptions = (k for k in known if isinstance(k, type) and issubclass(k, Exception))
    base = next(exceptions, Exception)
    kind = base if base.__name__ == name else type(name, (StudentError, base), {})
    where = f"(line {line} of the student's cell)" if type(line) is int else ""
    text = " ".join(filter(None, [message, where]))
    try:
        return kind(text)
    except TypeError:  # a built-in that wants more arguments, UnicodeDecodeError
        return StudentError(f"{name}: {text}")
