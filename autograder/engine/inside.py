"""The box's side of the conversation: runs cells, answers calls on what the student defined.

Everything here runs beside the student's code and may be rewritten by it: the judge trusts none
of its answers, only their form. No test and nothing of the judge's is ever in this process.
"""

from __future__ import annotations

import builtins
import contextlib
import copy
import itertools
import socket
import sys
import traceback
from collections.abc import Callable, Iterator
from typing import Any

from autograder.engine.changes import marks
from autograder.engine.link import Gone, receive, send
from autograder.engine.outputs import Printed
from autograder.engine.shell import seed_all
from autograder.engine.wire import Anew, Decoder, Encoder


class Inside:
    """One box: the student's namespace, the handles given out, and the link to the judge."""

    def __init__(self, sock: socket.socket, namespace: dict[str, Any], run: Callable) -> None:
        self.sock = sock
        self.namespace = namespace
        self.run = run  # runs a cell's source, gives its outputs and error
        self.handles: dict[int, Any] = {}
        self.numbers: dict[int, int] = {}  # id of an object that has a handle: the handle
        self.graphs: dict[int, tuple[Any, list]] = {}
        self.count = itertools.count(1)

    def serve(self) -> None:
        """Answer requests until the judge hangs up."""
        while True:
            try:
                message = receive(self.sock, alone=True)
            except Gone:
                return
            send(self.sock, self.answer(message))

    def answer(self, message: bytes) -> bytes:
        """Do what one request asks; its reply, an exception as a reply of its own."""
        decoder, printed = Decoder(message, self.special), Printed()
        try:
            request = decoder.value()
            dropped, verb, *rest = request
            self.drop(dropped)
            keywords = rest[-1] if verb == "call" else None  # a dict that the call makes anew
            ours = {id(request), id(dropped), id(keywords)}
            objects = {n: o for n, o in decoder.objects.items() if id(o) not in ours}
            values = [n for n in objects if decoder.nodes[n][0] != "handle"]
            before = marks(objects, values)
            result = self.do(verb, rest, printed)
            return self.reply(["ok", result], printed, objects, before)
        except Gone:
            raise
        except BaseException as error:  # the student's, whatever it is
            return self.reply(["raise", told(error)], printed, decoder.objects, {})

    def reply(
        self, value: list, printed: Printed, objects: dict[int, Any], before: dict[int, int]
    ) -> bytes:
        """A reply: what it says, what was printed, and the arguments that were changed in place."""
        known = {id(x): n for n, x in objects.items() if not isinstance(x, type(None) | bool)}
        encoder = Encoder(self.handle, known, lambda tensor: self.graph(tensor, objects))
        after = marks(objects, before)
        changed = [[n, Anew(objects[n])] for n, was in before.items() if was != after[n]]
        return encoder.message(encoder.add([*value, printed.getvalue(), changed]))

    def do(self, verb: str, rest: list, printed: Printed) -> Any:
        if verb == "run":  # the shell minds what a cell prints
            return self.run(*rest)
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
            return getattr(self, f"do_{verb}")(*rest)

    def drop(self, numbers: list[int]) -> None:
        """Forget what the judge no longer holds."""
        for number in numbers:
            self.graphs.pop(number, None)
            if number in self.handles:
                del self.numbers[id(self.handles.pop(number))]

    # what a request can ask

    def do_begin(self, seed: int) -> None:
        """Before each test: the same random numbers, whatever ran before."""
        seed_all(seed)

    def do_name(self, name: str) -> Any:
        if name in self.namespace:
            return self.namespace[name]
        raise NameError(f"name {name!r} is not defined", name=name)

    def do_call(self, function: Callable, arguments: tuple, keywords: dict) -> Any:
        return function(*arguments, **keywords)

    def do_attribute(self, owner: Any, name: str) -> Any:
        return getattr(owner, name)

    def do_set_attribute(self, owner: Any, name: str, value: Any) -> None:
        setattr(owner, name, value)

    def do_item(self, owner: Any, key: Any) -> Any:
        return owner[key]

    def do_set_item(self, owner: Any, key: Any, value: Any) -> None:
        owner[key] = value

    def do_length(self, owner: Any) -> int:
        return len(owner)

    def do_iterate(self, owner: Any) -> Any:
        return iter(owner)

    def do_next(self, iterator: Any) -> Any:
        return next(iterator)

    def do_text(self, owner: Any, how: str) -> str:
        return {"str": str, "repr": repr}[how](owner)

    def do_copy(self, owner: Any, how: str) -> Any:
        return {"copy": copy.copy, "deepcopy": copy.deepcopy}[how](owner)

    def do_vjp(self, token: int, gradient: Any) -> list:
        import torch

        output, inputs = self.graphs[token]
        return list(
            torch.autograd.grad(output, inputs, gradient, retain_graph=True, allow_unused=True)
        )

    # what goes out and comes in other than by value

    def handle(self, value: Any, add: Callable[[Any], int]) -> list:
        """A node that names `value` by a number of ours, and says what kind of thing it is."""
        if isinstance(value, Callback):
            return ["callback", value.number]
        number = self.numbers.setdefault(id(value), next(self.count))
        self.handles[number] = value
        module = getattr(sys.modules.get("torch.nn"), "Module", ())
        traits = {
            "name": str(getattr(value, "__name__", type(value).__name__)),
            "module": isinstance(value, module),
        }
        return ["handle", number, traits]

    def graph(self, tensor: Any, objects: dict[int, Any]) -> list | None:
        """A token for a tensor that leads back, through the student's code, to the arguments."""
        import torch

        if not tensor.requires_grad or tensor.is_leaf:
            return None
        leaves = [n for n, x in objects.items() if isinstance(x, torch.Tensor) and x.requires_grad]
        token = next(self.count)
        self.graphs[token] = tensor, [objects[n] for n in leaves]
        return [token, leaves]

    def special(self, node: list, get: Callable[[int], Any]) -> Any:
        """The object behind a node of the judge's: a handle come back, or a function to call."""
        kind, number, *more = node
        if kind == "handle":
            return self.handles[number]
        if kind == "callback":
            return Callback(self, number)
        return Items(Callback(self, number), Callback(self, *more))


class Callback:
    """A function that a test passed in: it stays with the judge, calling it asks there."""

    def __init__(self, inside: Inside, number: int) -> None:
        self.inside = inside
        self.number = number

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        inside = self.inside
        encoder = Encoder(inside.handle)
        request = encoder.add(["callback", self.number, arguments, keywords])
        send(inside.sock, encoder.message(request))
        while True:  # the judge may call back in turn before it answers
            message = receive(inside.sock, alone=True)
            verb, *rest = Decoder(message, inside.special).value()
            if verb == "returned":
                return rest[0]
            if verb == "raised":
                kind = getattr(builtins, rest[0], RuntimeError)
                raise kind(rest[1])
            send(inside.sock, inside.answer(message))


class Items:
    """What a test passed in to be iterated over: each item is asked of the judge."""

    def __init__(self, start: Callback, length: Callback) -> None:
        self.start, self.length = start, length

    def __iter__(self) -> Iterator[Any]:
        step = self.start()
        while True:
            try:
                item = step()
            except StopIteration:
                return
            yield item

    def __len__(self) -> int:
        return self.length()


def told(error: BaseException) -> dict:
    """An exception as plain values: its name, the built-in kinds above it, message and line."""
    try:
        message = str(error)
    except Exception:
        message = "(its message could not be read)"
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if "ipython" in frame.filename]
    kinds = [kind.__name__ for kind in type(error).__mro__ if kind.__module__ == "builtins"]
    return {
        "name": type(error).__name__,
        "kinds": kinds,
        "message": message[:10_000],
        "line": lines[-1] if lines else None,
    }


def serve(sock: socket.socket, namespace: dict[str, Any], run: Callable) -> None:
    """Serve one box until the judge hangs up, then leave without running anything more."""
    try:
        Inside(sock, namespace, run).serve()
    finally:
        sys.stdout.flush()
