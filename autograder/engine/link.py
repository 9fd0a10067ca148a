"""Frames on the socket between judge and box: a length, then a message of `wire`."""

from __future__ import annotations

import select
import socket
import struct
from collections.abc import Callable

from autograder.engine.wire import MAX_BYTES, MAX_HEAD, WireError

MAX_FRAME = MAX_BYTES + MAX_HEAD + 4
TICK = 0.05  # seconds between two looks at the limits


class Gone(Exception):
    """The other side has closed the connection."""


class OverLimit(Exception):
    """The other side used more than it may; the message says of what."""


def send(sock: socket.socket, message: bytes, tick: Callable[[], None] | None = None) -> None:
    """Send one frame; `tick` as in `receive`, since the other side may not read. Raises Gone."""
    left = memoryview(struct.pack("<Q", len(message)) + message)
    flags = 0 if tick is None else socket.MSG_DONTWAIT
    while left:
        while tick is not None and not select.select([], [sock], [], TICK)[1]:
            tick()
        try:
            left = left[sock.send(left, flags) :]
        except BlockingIOError:  # not that much room after all
            continue
        except OSError as error:
            raise Gone(str(error)) from None


def receive(sock: socket.socket, tick: Callable[[], None] | None = None) -> bytes:
    """Receive one frame; `tick` is called at least every TICK seconds and may raise.

    Raises Gone when the connection ends, WireError when the frame is too large.
    """
    (length,) = struct.unpack("<Q", _exactly(sock, 8, tick))
    if length > MAX_FRAME:
        raise WireError(f"an answer of {length:,} bytes is too large")
    return _exactly(sock, length, tick)


def _exactly(sock: socket.socket, count: int, tick: Callable[[], None] | None) -> bytes:
    parts, missing = [], count
    while missing:
        while tick is not None and not select.select([sock], [], [], TICK)[0]:
            tick()
        try:
            part = sock.recv(min(missing, 2**20))
        except OSError as error:
            raise Gone(str(error)) from None
        if not part:
            raise Gone("the connection was closed")
        if tick is not None:
            tick()  # it may come byte by byte
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)
