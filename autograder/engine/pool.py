"""Grades many submissions at once, on this machine; `cluster` does it on others."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.engine.judge import Cell
from autograder.engine.nursery import Nursery, NurseryError

if TYPE_CHECKING:
    pass


@dataclass(frozen=True)
class Job:
    """One notebook to grade; `files` go into the box, the judge runs in `place`."""

    key: str
    cells: tuple[Cell, ...]
    files: Path | None
    place: Path | None


@dataclass(frozen=True)
class Rules:
    """What holds for every job of a run: the sandbox, what is warm, the limits."""

    isolate: bool
    modules: tuple[str, ...]
    limits: tuple[tuple[str, float], ...]


KEEPING, KEPT = threading.Lock(), []  # at most one Warm
Run = Callable[[Iterable[Job]], Iterator[tuple[Job, list[dict] | str]]]


@contextmanager
def kept(rules: Rules, workers: int, *_: None) -> Iterator[Run]:
    """As `opened`, here; the warm parent stays for the next call."""
    yield partial(run_here, warm(rules), workers)


@contextmanager
def opened(
    rules: Rules, workers: int, scheduler: str | None = None, tls: Path | None = None
) -> Iterator[Run]:
    """A function that gives each job with its verdicts as it is done, or why it has none.

    The function raises NoIsolation where untrusted code can't be held. Raises UsageError where a
    scheduler isn't to be used.
    """
    if scheduler is not None:
        from autograder.engine import cluster

        with cluster.connected(scheduler, tls) as client:
            yield partial(cluster.run_there, client, rules)
    else:
        with closing(Warm(rules)) as warm:
            yield partial(run_here, warm, workers)


def run_here(
    warm: Warm, workers: int, jobs: Iterable[Job]
) -> Iterator[tuple[Job, list[dict] | str]]:
    """Grade with one warm parent, up to `workers` submissions at a time, from the first job on."""
    with ThreadPoolExecutor(workers) as threads:
        try:
            waiting = {threads.submit(warm.grade, j.cells, j.files, j.place): j for j in jobs}
            for done in as_completed(waiting):
                try:
                    yield waiting[done], done.result()
                except NurseryError as error:
                    yield waiting[done], f"The grader failed on it twice: {error}"
        except BaseException:  # Ctrl-C too: what waits isn't begun, what runs is killed
            threads.shutdown(wait=False, cancel_futures=True)
            warm.close()
            raise


class Warm:
    """A nursery that is made when it is first needed, and made anew when it has died."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.lock = threading.Lock()
        self.nursery: Nursery | None = None
        self.closed = False

    def grade(self, cells: Sequence[Cell], files: Path | None, place: Path | None) -> list[dict]:
        """The verdicts on one submission; after a failure it is tried once more."""
        limits = dict(self.rules.limits)
        try:
            return self.get().grade(cells, files, place=place, **limits)
        except NurseryError:
            return self.get().grade(cells, files, place=place, **limits)

    def get(self) -> Nursery:
        with self.lock:
            if self.closed:
                raise NurseryError("grading was stopped")
            if self.nursery is not None and self.nursery.process.poll() is not None:
                self.nursery.close()
                self.nursery = None
            if self.nursery is None:
                self.nursery = Nursery(self.rules.isolate, self.rules.modules)
            return self.nursery

    def close(self) -> None:
        """Kill what runs; nothing is begun any more."""
        with self.lock:
            self.closed = True
            if self.nursery is not None:
                self.nursery.close()


def warm(rules: Rules) -> Warm:
    """This process's own nursery for these rules, kept until it is asked for by others."""
    with KEEPING:
        if not KEPT or KEPT[0].rules != rules or KEPT[0].closed:
            for old in KEPT:
                old.close()
            KEPT[:] = [Warm(rules)]
        return KEPT[0]
