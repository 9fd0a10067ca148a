"""Everybody's children stay ours, so that a test can tell whether one was left behind."""

import ctypes
import os
import sys

import pytest

from autograder.engine.cage import NoIsolation, can_isolate

PR_SET_CHILD_SUBREAPER = 36


def isolates() -> bool:
    if (pid := os.fork()) == 0:  # this process may have threads; a cage's parent has one
        try:
            can_isolate()
        except (NoIsolation, RuntimeError):
            os._exit(1)
        os._exit(0)
    return os.waitpid(pid, 0)[1] == 0


@pytest.fixture(scope="module", autouse=True)  # no longer: others' orphans must find their end
def isolation():
    if sys.platform != "linux" or not isolates():
        pytest.skip("this machine makes no cages")
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)
    yield
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 0)
