"""What must never be: a hidden test in the box's reach, a fork of the warm parent that hangs."""

import os
import re
import select
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from autograder.engine.inside import serve
from autograder.engine.judge import Cell, Judge
from autograder.engine.nursery import Nursery
from tests.engine.test_nursery import LIMITS, MODULES, isolates, tree, wait_for

# A canary is put together here, so that no other process has it from this file.
CANARY, NAME, FOLDER = ("-".join(["canary", place, "5c1d"]) for place in ("text", "name", "folder"))


@pytest.fixture(scope="module", params=[MODULES])
def nursery(request):
    if not isolates():
        pytest.skip("this machine makes no cages")
    with Nursery(modules=request.param) as warm:
        yield warm


TRAIN = """import torch
def train(threads, workers):
    if threads:
        torch.set_num_threads(threads)
    model = torch.nn.Sequential(torch.nn.Linear(64, 64), torch.nn.ReLU(), torch.nn.Linear(64, 1))
    optimizer = torch.optim.Adam(model.parameters())
    data = torch.utils.data.TensorDataset(torch.randn(4096, 64), torch.ones(4096, 1))
    for x, y in torch.utils.data.DataLoader(data, 1024, num_workers=workers):
        optimizer.zero_grad()
        loss = (model(x) - y).square().mean()
        loss.backward()
        optimizer.step()
    return float(loss.detach())"""


@pytest.mark.parametrize(("threads", "workers"), [(0, 0), (2, 0), (0, 2)])
def test_a_fork_of_the_warm_parent_trains(nursery, threads, workers):
    test = Cell("b", "test", f"assert train({threads}, {workers}) > 0", 1.0)
    verdict = nursery.grade([Cell("a", "run", TRAIN), test], **LIMITS)[-1]
    assert verdict["score"] == 1.0, verdict


HIDDEN = f"""told = []
{NAME.replace("-", "_")} = lambda x: told.append(len({CANARY!r})) or x + 1
assert wait({NAME.replace("-", "_")}) == 42, {CANARY!r}
"""
WAIT = """import os, time
def wait(f):
    answer = f(41)
    open('called', 'w').close()
    while os.path.exists('called'): time.sleep(0.01)
    return answer"""


def memory(pid):
    """All that a process can write, and the names that the kernel tells of it."""
    parts = [Path(f"/proc/{pid}/{name}").read_bytes() for name in ("environ", "cmdline", "maps")]
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as file:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            first, last = (int(end, 16) for end in line.split()[0].split("-"))
            if line.split()[1].startswith("rw"):
                with suppress(OSError):
                    file.seek(first)
                    parts.append(file.read(last - first))
    return b"".join(parts)


@pytest.mark.skipif(os.geteuid() != 0, reason="reads other processes' memory")
@pytest.mark.parametrize("nursery", [["numpy"]], indirect=True)  # less memory to read
def test_no_hidden_test_and_no_classmate_in_the_boxs_memory(nursery, tmp_path):
    classmate = tmp_path / FOLDER
    classmate.mkdir()
    cells = [Cell("a", "run", WAIT), Cell("b", "test", HIDDEN, 1.0)]
    with ThreadPoolExecutor(1) as thread:
        honest = Cell("b", "test", f"x = {CANARY!r}\nassert wait", 1.0)
        assert nursery.grade([cells[0], honest], classmate, classmate, **LIMITS)[-1]["score"] == 1.0
        parent = nursery.process.pid
        wait_for(lambda: tree(parent) == {parent})
        grading = thread.submit(nursery.grade, cells, tmp_path, None, **LIMITS)
        wait_for(lambda: len(tree(parent)) == 4)
        (init,) = (p for p in tree(parent) if len(tree(p)) == 2)
        (box,) = tree(init) - {init}
        (judge,) = tree(parent) - {parent, init, box}
        called = Path(f"/proc/{box}/cwd/called")
        wait_for(called.exists)
        found = {pid: memory(pid) for pid in (parent, init, box, judge)}
        called.unlink()
        assert grading.result()[-1]["score"] == 1.0
    assert CANARY.encode() in found[judge]
    assert b"called" in found[box]
    for pid in (parent, init, box):
        assert not re.search(b"canary.(text|name|folder).5c1d", found[pid])


def test_no_hidden_test_on_the_wire():
    sent = bytearray()

    class Recorded:
        """A box without confinement; what the judge sends it is kept."""

        def __init__(self):
            self.sock, relay = socket.socketpair()
            inner, there = socket.socketpair()
            if os.fork() == 0:
                for sock in (self.sock, relay, inner):
                    sock.close()
                names = {}
                try:
                    serve(there, names, lambda source: (exec(source, names), ([], None))[1])
                finally:
                    os._exit(0)
            there.close()
            threading.Thread(target=self.carry, args=(relay, inner), daemon=True).start()

        def carry(self, judge, box):
            while data := (ready := select.select([judge, box], [], [])[0][0]).recv(2**16):
                if ready is judge:
                    sent.extend(data)
                (box if ready is judge else judge).sendall(data)
            box.close()

        def usage(self):
            return None

        def over(self, since, began):
            return None

        def kill(self):
            self.sock.close()

    cells = [Cell("a", "run", "def wait(f): return f(41)")]
    cells += [Cell("b", "test", HIDDEN, 1.0)]
    assert Judge(cells, Recorded, lambda: 0.0).grade()[-1].score == 1.0
    assert b"def wait" in sent
    assert not re.search(b"canary.(text|name|folder).5c1d", sent)
