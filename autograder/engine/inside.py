"""The box's side of the conversation: runs cells, answers calls on what the student defined.

Everything here runs beside the student's code and may be rewritten by it: the judge trusts none
of its answers, only their form. No test and nothing of the judge's is ever in this process.
"""

from __future__ import annotations

import builtins
import socket
import sys
import traceback
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from autograder.engine.link import Gone, receive, send
from autograder.engine.wire import Decoder, Encoder

MUTABLE = (list, dict, set, bytearray)


class Inside:
    """One box: the student's namespace, the handles given out, and the link to the judge."""

    def __init__(self, sock: socket.socket, namespace: dict[str, Any], run: Callable) -> None:
        self.sock = sock
        self.namespace = namespace
        self.run = run  # runs a cell's source, gives its outputs and error
        self.handles: dict[int, Any] = {}
        self.numbers: dict[int, int] = {}  # id of an object that has a handle: the handle
        self.graphs: dict[int, tuple[Tensor, list[Tensor]]] = {}

    def serve(self) -> None:
        """Answer requests until the judge hangs up."""
        while True:
            try:
                message = receive(self.sock)
            except Gone:
                return
            send(self.sock, self.answer(message))

    def answer(self, message: bytes) -> bytes:
        """Do what one request asks; its reply, an exception as a reply of its own."""
        decoder = Decoder(message, self.special)
        try:
            verb, *rest = decoder.value()
            before = {n: mark(x) for n, x in decoder.objects.items()}
            result = getattr(self, f"do_{verb}")(*rest)
            return self.reply(["ok", result], decoder, before)
        except Gone:
            raise
        except BaseException as error:  # the student's, whatever it is
            return self.reply(["raise", *told(error)], decoder, {})

    def reply(self, value: list, decoder: Decoder, before: dict[int, Any]) -> bytes:
        """A reply: what it says, and the arguments that were changed in place."""
        objects = dict(decoder.objects)
        known = {id(x): n for n, x in objects.items() if not isinstance(x, type(None) | bool)}
        leaves = [(n, x) for n, x in objects.items() if isinstance(x, Tensor) and x.requires_grad]
        encoder = Encoder(self.handle, known, lambda tensor: self.graph(tensor, leaves))
        changes = {n: objects[n] for n, was in before.items() if was != mark(objects[n])}
        contents = [[n, content(x)] for n, x in changes.items()]
        return encoder.message(encoder.add([*value, contents]))

    # what a request can ask

    def do_run(self, source: str) -> Any:
        return self.run(source)

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
        return Boxed(iter(owner))

    def do_next(self, iterator: Any) -> Any:
        return next(iterator)

    def do_text(self, owner: Any) -> str:
        return repr(owner)

    def do_vjp(self, token: int, gradient: Tensor) -> list[Tensor | None]:
        output, inputs = self.graphs[token]
        return list(
            torch.autograd.grad(output, inputs, gradient, retain_graph=True, allow_unused=True)
        )

    def do_drop(self, numbers: list[int]) -> None:
        for number in numbers:
            self.numbers.pop(id(self.handles.pop(number, None)), None)

    # what goes out and comes in other than by value

    def handle(self, value: Any) -> list:
        """A node that names `value` by a number of ours, and says what kind of thing it is."""
        if isinstance(value, Callback):
            return ["callback", value.number]
        value = value.value if isinstance(value, Boxed) else value
        number = self.numbers.setdefault(id(value), len(self.handles) + 1)
        self.handles[number] = value
        traits = {
            "name": str(getattr(value, "__name__", type(value).__name__)),
            "callable": callable(value),
            "module": isinstance(value, nn.Module),
        }
        return ["handle", number, traits]

    def graph(self, tensor: Tensor, leaves: list[tuple[int, Tensor]]) -> list | None:
        """A token for a tensor that leads back, through the student's code, to the arguments."""
        if not tensor.requires_grad or type(tensor) is nn.Parameter:
            return None
        token = len(self.graphs) + 1
        self.graphs[token] = (tensor, [leaf for _, leaf in leaves])
        return [token, [number for number, _ in leaves]]

    def special(self, node: list, get: Callable[[int], Any]) -> Any:
        """The object behind a node of the judge's: a handle come back, or a function to call."""
        kind, number = node[:2]
        if kind == "handle":
            return self.handles[number]
        if kind == "callback":
            return Callback(self, number)
        raise ValueError(f"unknown node {kind!r}")


class Boxed:
    """Marks what must go by handle even if its kind could go by value (an iterator of a list)."""

    def __init__(self, value: Any) -> None:
        self.value = value


class Callback:
    """A function that a test passed in: it stays with the judge, calling it asks there."""

    def __init__(self, inside: Inside, number: int) -> None:
        self.inside = inside
        self.number = number

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        encoder = Encoder(self.inside.handle)
        request = encoder.add(["callback", self.number, arguments, keywords])
        send(self.inside.sock, encoder.message(request))
        while True:  # the judge may call back in turn before it answers
            message = receive(self.inside.sock)
            decoder = Decoder(message, self.inside.special)
            verb, *rest = decoder.value()
            if verb == "returned":
                return rest[0]
            if verb == "raised":
                kind = getattr(builtins, rest[0], RuntimeError)
                raise kind(rest[1])
            send(self.inside.sock, self.inside.answer(message))


def mark(value: Any) -> Any:
    """Something that differs after `value` was changed in place."""
    if isinstance(value, Tensor) and value.layout == torch.strided:
        return (value._version, value.requires_grad, digest(value.detach()), tuple(value.shape))
    if isinstance(value, torch.Generator):
        return value.get_state().numpy().tobytes()
    if isinstance(value, nn.Module):
        return [(k, id(v), mark(v) if type(v) is dict else None) for k, v in vars(value).items()]
    if type(value).__module__ == "numpy" and hasattr(value, "tobytes"):
        return value.tobytes(), value.shape
    if type(value).__module__.startswith("numpy.random"):
        return repr(value.bit_generator.state)
    if isinstance(value, dict):
        return [(id(k), id(v)) for k, v in value.items()]
    if isinstance(value, set):
        return frozenset(map(id, value))
    return [id(v) for v in value] if isinstance(value, list) else bytes(value) if isinstance(
        value, bytearray) else None  # fmt: skip


def digest(tensor: Tensor) -> int:
    """A fingerprint of a tensor's bytes: a change through `.data` or NumPy leaves no version."""
    if not tensor.numel():
        return 0
    return hash(tensor.contiguous().view(-1).view(torch.uint8).numpy().tobytes())


def content(value: Any) -> Any:
    """What a changed argument now holds, under another identity than its own."""
    if isinstance(value, Tensor):
        return value.detach().clone().requires_grad_(value.requires_grad)
    if isinstance(value, nn.Module):
        return {
            k: dict(v) if k in ("_parameters", "_buffers", "_modules") else v
            for k, v in vars(value).items()
            if "hook" not in k
        }
    if isinstance(value, MUTABLE):
        return type(value)(value)
    if isinstance(value, torch.Generator):
        return value.clone_state()
    return value.copy() if hasattr(value, "copy") else value.bit_generator.state


def told(error: BaseException) -> list:
    """An exception as plain values: its name, the built-in kinds above it, message and line."""
    kinds = [c.__name__ for c in type(error).__mro__ if c.__module__ == "builtins"]
    lines = [f.lineno for f in traceback.extract_tb(error.__traceback__) if "ipython" in f.filename]
    try:
        message = str(error)
    except Exception:
        message = "(its message could not be read)"
    return [type(error).__name__, kinds, message[:10_000], lines[-1] if lines else None]


def serve(sock: socket.socket, namespace: dict[str, Any], run: Callable) -> None:
    """Serve one box until the judge hangs up, then leave without running anything more."""
    try:
        Inside(sock, namespace, run).serve()
    finally:
        sys.stdout.flush()
