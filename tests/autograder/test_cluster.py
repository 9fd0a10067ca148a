"""A real Dask scheduler and workers, over TLS, grade as this machine does; one may die at it."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, contextmanager

import pytest

from autograder import ROOT, UsageError
from autograder.__main__ import main
from autograder.engine import cluster
from tests.autograder.problem_set import RIGHT, Class

pytest.importorskip("distributed")
SLOW = "def squares(n):\n    sum(range(2 * 10**7))\n    return [i**2 for i in range(n)]"
CRASH = "import os\n\nos._exit(1)"


@pytest.fixture(scope="module")
def tls(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cluster") / "tls"
    assert main(["certificate", str(folder)]) == 0
    return folder


def dask(what, tls, *arguments, **environment):
    """A process of a cluster, and where it tells what it does."""
    show = ["--tls-ca-file", "cert.pem", "--tls-cert", "cert.pem", "--tls-key", "key.pem"]
    show = [str(tls / word) if word.endswith(".pem") else word for word in show]
    return subprocess.Popen(
        [sys.executable, "-m", f"distributed.cli.dask_{what}", *show, "--no-dashboard", *arguments],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)} | environment,
        stderr=subprocess.PIPE, text=True, cwd=tls,
    )  # fmt: skip


def told(process, words):
    """The first line with these words; the rest is read and dropped."""
    for line in process.stderr:
        if words in line:
            threading.Thread(target=process.stderr.read, daemon=True).start()
            return line
    raise AssertionError(f"{process.args} has ended without {words!r}")


@contextmanager
def ended(process):
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def scheduler(tls):
    options = ("--port", "0", "--host", "tls://127.0.0.1", "--protocol", "tls")
    with ended(dask("scheduler", tls, *options)) as process:
        yield told(process, "Scheduler at:").split()[-1]


@pytest.fixture
def workers(scheduler, tls, tmp_path):
    with ExitStack() as stack:
        started = []
        for number in range(2):
            place = ("--local-directory", str(tmp_path / str(number)))
            worker = dask("worker", tls, scheduler, "--nthreads", "1", "--no-nanny", *place)
            started.append(stack.enter_context(ended(worker)))
        for worker in started:
            told(worker, "Registered to")
        yield started


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    course = Class(tmp_path_factory.mktemp("course") / "here", files={"data.txt": "3"})
    for number in range(8):
        course.submit(f"ann{number}", **RIGHT | {"squares": f"{SLOW}\n# {number}"})
    course.submit("eve", **RIGHT | {"mean": CRASH})
    return course


@pytest.fixture(scope="module")
def here(course):
    """What this machine says."""
    results = course.grade()
    assert [results[name].total for name in ("ann0", "eve")] == [3.5, 2]
    return results


def test_a_worker_that_dies_has_its_submissions_graded_elsewhere(
    course, here, scheduler, workers, tls, tmp_path
):
    shutil.copytree(course.root, tmp_path / "there")
    there = Class.__new__(Class)
    there.root, there.url = tmp_path / "there", f"sqlite:///{tmp_path / 'there/gradebook.db'}"
    seen = []

    def progress(result):
        seen.append(result.student)
        if len(seen) == 2:
            workers[0].send_signal(signal.SIGKILL)

    found = there.grade(scheduler=scheduler, tls=tls, force=True, progress=progress)
    assert workers[0].wait(10) == -signal.SIGKILL
    assert found == here
    assert sorted(seen) == sorted(here)


def test_workers_with_another_grader_are_refused(scheduler, tls, tmp_path, course):
    path = tmp_path / "autograder"
    shutil.copytree(ROOT / "autograder", path, ignore=shutil.ignore_patterns("*_answers"))
    with (path / "engine/link.py").open("a") as file:
        file.write("# changed")
    other = os.pathsep.join([str(tmp_path), *sys.path])
    worker = dask("worker", tls, scheduler, "--no-nanny", PYTHONPATH=other)
    with ended(worker):
        told(worker, "Registered to")
        with pytest.raises(UsageError, match="have another grader"):
            course.grade(scheduler=scheduler, tls=tls)


def test_a_scheduler_without_workers_is_told(scheduler, tls, course, monkeypatch):
    monkeypatch.setattr(cluster, "SECONDS", 1)
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:  # the last test's worker may still be known
        with pytest.raises(UsageError) as error:
            course.grade(scheduler=scheduler, tls=tls)
        if "has no workers: start some" in str(error.value):
            return
    raise AssertionError(str(error.value))


def test_who_shows_another_certificate_is_not_let_in(scheduler, course, tmp_path, monkeypatch):
    monkeypatch.setattr(cluster, "SECONDS", 3)
    cluster.certificate(tmp_path / "forged")
    with pytest.raises(UsageError, match="No Dask scheduler answers"):
        course.grade(scheduler=scheduler, tls=tmp_path / "forged")


@pytest.mark.parametrize(
    ("address", "folder", "says"),
    [
        ("tcp://127.0.0.1:9", "tls", "without TLS can run code as you"),
        ("tls://127.0.0.1:9", None, "without TLS can run code as you"),
        ("tls://127.0.0.1:9", "nowhere", "cert.pem: make it by"),
    ],
)
def test_open_schedulers_are_refused(course, tmp_path, address, folder, says):
    with pytest.raises(UsageError, match=says):
        course.grade(scheduler=address, tls=folder and tmp_path / folder)


def test_a_certificate_is_only_its_owners_and_never_overwritten(tls, capsys):
    assert {path.stat().st_mode & 0o777 for path in tls.iterdir()} == {0o600}
    before = (tls / "key.pem").read_bytes()
    assert main(["certificate", str(tls)]) == 2
    assert "key.pem is there" in capsys.readouterr().err
    assert (tls / "key.pem").read_bytes() == before
