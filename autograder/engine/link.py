"""Frames on the socket between judge and box: a length, then a message of `wire`."""

from __future__ import annotations

import select
import socket
import struct
from collections.abc import Callable

from autograder.engine.wire import MAX_BYTES, WireError

MAX_FRAME = MAX_BYTES + 32 * 2**20  # buffers, and the table of nodes
TICK = 0.05  # seconds between two looks at the limits


class Gone(Exception):
    """The other side has closed the connection."""


def send(sock: socket.socket, message: bytes) -> None:
    """Send one frame. Raises Gone."""
    try:
        sock.sendall(struct.pack("<Q", len(message)))
        sock.sendall(message)
    except OSError as error:
        raise Gone(str(error)) from None


def receive(sock: socket.socket, tick: Callable[[], None] | None = None) -> bytes:
    """Receive one frame; `tick` is called every TICK seconds and may raise to give up.

    Raises Gone when the connection ends, WireError when the frame is too large.
    """
    (length,) = struct.unpack("<Q", _exactly(sock, 8, tick))
    if length > MAX_FRAME:
        raise WireError(f"an answer of {length:,} bytes is too large")
    return _exactly(sock, length, tick)


def _exactly(sock: socket.socket, count: int, tick: Callable[[], None] | None) -> bytes:
    parts, missing = [], count
    while missing:
        if tick is not None:
            while not select.select([sock], [], [], TICK)[0]:
                tick()
        try:
            part = sock.recv(min(missing, 2**20))
        except OSError as error:
            raise Gone(str(error)) from None
        if not part:
            raise Gone("the connection was closed")
        if tick is not None:
            tick()
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)
