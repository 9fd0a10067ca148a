"""Frames on the socket between judge and box: a length, then a message of `wire`."""

from __future__ import annotations

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


def ticking(sock: socket.socket) -> socket.socket:
    """The same socket, on which `send` and `receive` look up every TICK seconds."""
    wait = struct.pack("@ll", 0, int(TICK * 1e6))  # a struct timeval
    for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
        sock.setsockopt(socket.SOL_SOCKET, option, wait)
    return sock


def send(sock: socket.socket, message: bytes, tick: Callable[[], None] = lambda: None) -> None:
    """Send one frame; `tick` as in `receive`, since the other side may not read. Raises Gone."""
    left = memoryview(struct.pack("<Q", len(message)) + message)
    while left:
        try:
            left = left[sock.send(left) :]
        except BlockingIOError:  # no room for TICK seconds
            tick()
        except OSError as error:
            raise Gone(str(error)) from None


def receive(sock: socket.socket, tick: Callable[[], None] = lambda: None) -> bytes:
    """Receive one frame; `tick` is called every TICK seconds of a ticking socket and may raise.

    Raises Gone when the connection ends, WireError when the frame is too large.
    """
    (length,) = struct.unpack("<Q", _exactly(sock, 8, tick))
    if length > MAX_FRAME:
        raise WireError(f"an answer of {length:,} bytes is too large")
    return _exactly(sock, length, tick)


def _exactly(sock: socket.socket, count: int, tick: Callable[[], None]) -> bytes:
    parts, missing = [], count
    while missing:
        try:
            part = sock.recv(min(missing, 2**20))
        except BlockingIOError:  # nothing came for TICK seconds
            tick()
            continue
        except OSError as error:
            raise Gone(str(error)) from None
        if not part:
            raise Gone("the connection was closed")
        tick()  # it may come byte by byte
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)
