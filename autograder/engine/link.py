"""Frames on the socket between judge and box: a length, then a message of `wire`."""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable
from typing import Any

from autograder.engine.wire import MAX_BYTES, MAX_HEAD, WireError

MAX_FRAME = MAX_BYTES + MAX_HEAD + 4
HEAD = struct.Struct("<Q")  # a frame's length
SMALL = 2**16  # bytes that one look takes
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
    left = [HEAD.pack(len(message)), memoryview(message)]
    while left:
        try:
            sent = sock.sendmsg(left)
            while left and sent >= len(left[0]):
                sent -= len(left.pop(0))
            if sent:
                left[0] = left[0][sent:]
        except BlockingIOError:  # no room for TICK seconds
            tick()
        except OSError as error:
            raise Gone(str(error)) from None


def receive(
    sock: socket.socket, tick: Callable[[], None] = lambda: None, alone: bool = False
) -> bytes | bytearray:
    """Receive one frame; `tick` is called every TICK seconds of a ticking socket and may raise.

    With `alone` the other side owes one frame and may send no more before it is answered, so one
    look at the socket is enough for a small one. Raises Gone when the connection ends, WireError
    when the frame is too large, or when more comes than is owed.
    """
    first = _try(sock.recv, SMALL if alone else HEAD.size, tick)
    while len(first) < HEAD.size:
        first += _try(sock.recv, HEAD.size - len(first), tick)
    (length,) = HEAD.unpack_from(first)
    if length > MAX_FRAME:
        raise WireError(f"an answer of {length:,} bytes is too large")
    got = len(first) - HEAD.size
    if got == length:
        return first[HEAD.size :]
    if got > length:
        raise WireError("more than one answer")
    message = bytearray(length)
    message[:got] = first[HEAD.size :]
    left = memoryview(message)[got:]
    while left:
        left = left[_try(sock.recv_into, left, tick) :]
    return message


def _try(read: Callable, into: Any, tick: Callable[[], None]) -> Any:
    """What a read gives once there is something to read; it may come byte by byte."""
    while True:
        try:
            got = read(into)
        except BlockingIOError:  # nothing came for TICK seconds
            tick()
            continue
        except OSError as error:
            raise Gone(str(error)) from None
        if not got:
            raise Gone("the connection was closed")
        tick()
        return got
