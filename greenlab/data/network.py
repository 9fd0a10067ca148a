"""What downloads share: patience with an end, and the error that says what to do without."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager

TIMEOUT = 30.0  # seconds without a byte from the network


class DataUnavailable(RuntimeError):
    """A data set could not be had; the message says what to do instead."""


@contextmanager
def downloading(what: str, instead: str) -> Iterator[None]:
    """Wait `TIMEOUT` seconds for each byte; whatever fails becomes DataUnavailable.

    Fetchers' errors range from URLError to a corrupt cache. `what` begins the message, `instead`
    ends it with what works offline.
    """
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(TIMEOUT)
    try:
        yield
    except Exception as error:
        raise DataUnavailable(
            f"{what} could not be downloaded ({type(error).__name__}: {error}). Offline, {instead}"
        ) from error
    finally:
        socket.setdefaulttimeout(before)
