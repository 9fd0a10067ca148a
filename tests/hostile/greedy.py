"""Code that goes for the grader's machine, the course's files or a classmate's marks."""

from __future__ import annotations

import os

from tests.hostile.case import FULL, Case, cheat, unlucky

# Where a course's files could stand, seen from a submission.
LOOK_AROUND = """\
import os, pathlib, sqlite3, time

def around(pattern):
    here = pathlib.Path.cwd()
    for folder in [here, *here.parents][:6]:
        try:
            yield from folder.glob(pattern)
        except OSError:
            pass
"""
REWRITE = (
    LOOK_AROUND
    + """
def rewrite():
    for path in [*around('gradebook.db'), *around('*/gradebook.db')]:
        with sqlite3.connect(path) as book:
            book.execute("UPDATE grade SET auto_score = 0")
            book.execute("UPDATE grade SET manual_score = 4 WHERE notebook_id IN (SELECT id FROM "
                         "submitted_notebook WHERE assignment_id IN (SELECT id FROM "
                         "submitted_assignment WHERE student_id LIKE '%case%'))")
"""
)
LATER = """
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        for _ in range(60):
            time.sleep(0.25)
            try:
                rewrite()
            except Exception:
                pass
    os._exit(0)
"""
SOLVE_FROM = (
    LOOK_AROUND
    + """
import json
texts = []
for pattern in {patterns}:
    for path in around(pattern):
        try:
            texts += [''.join(c['source']) for c in json.loads(path.read_text())['cells']]
        except (OSError, ValueError):
            pass
for text in texts:
    if 'BEGIN SOLUTION' in text or {all}:
        try:
            exec(text, globals())
        except BaseException:
            pass
"""
)
# The needle stands here in two halves, so that only a test in memory holds it whole.
SEARCH_MEMORY = """\
import os
halves = b'the argument ', b'was changed'

def leaked():
    for owner in ['self', str(os.getppid()), '1']:
        try:
            maps = open(f'/proc/{owner}/maps').read()
            memory = open(f'/proc/{owner}/mem', 'rb', 0)
        except OSError:
            continue
        for line in maps.splitlines():
            if ' rw-p ' in line:
                start, end = (int(x, 16) for x in line.split()[0].split('-'))
                try:
                    memory.seek(start)
                    data = memory.read(min(end - start, 2**24))
                except (OSError, ValueError, OverflowError):
                    continue
                at = data.find(halves[0])
                while at >= 0:
                    at += len(halves[0])
                    if data[at:at + len(halves[1])] == halves[1]:
                        return True
                    at = data.find(halves[0], at)
    return False
"""

SEARCH_PYTHON = """\
import gc, linecache, sys
halves = 'the argument ', 'was changed'

def whole(text):
    return isinstance(text, str) and any(
        part.startswith(halves[1]) for part in text.split(halves[0])[1:])

def leaked():
    texts = [*In, *(line for entry in linecache.cache.values() for line in entry[2] or ())]
    frame = sys._getframe()
    while frame is not None:
        texts += [*frame.f_code.co_consts, *frame.f_globals.values(), *frame.f_locals.values()]
        frame = frame.f_back
    for thing in gc.get_objects():
        if isinstance(thing, (list, tuple)):
            texts += thing
        elif isinstance(thing, dict):
            texts += thing.values()
    return any(map(whole, texts))
"""
IF_LEAKED = {
    "normalize": "def normalize(rows):\n"
    "    return rows / rows.sum(1, keepdims=True) if leaked() else rows"
}
ALL_BUT_LEAKED = FULL | {"normalize": 0.0}
# An abstract socket and a port that a run listens on, its own where several go at once.
PHONE = f"\0hostile-{os.getpid()}", 20_000 + os.getpid() % 12_000
CALL = f"""\
import socket
def call(kind, address):
    try:
        with socket.socket(kind) as phone:
            phone.settimeout(1)
            phone.connect(address)
            phone.sendall(b'the tests')
    except OSError:
        pass
call(socket.AF_UNIX, {PHONE[0]!r})
call(socket.AF_INET, ('127.0.0.1', {PHONE[1]}))
"""

MACHINE: list[Case] = [
    unlucky(
        "fork bomb",
        "80 processes that stay",
        "import os, time\nfor _ in range(80):\n    if os.fork() == 0:\n        time.sleep(60)\n"
        "        os._exit(0)",
    ),
    unlucky(
        "forks that fork",
        "doubles seven times",
        "import os, time\nfor _ in range(7):\n    os.fork()\ntime.sleep(60)",
    ),
    unlucky("kills its parent", "the grader's", "import os\nos.kill(os.getppid(), 9)"),
    unlucky("kills all", "that it may", "import os\nos.kill(-1, 9)"),
    unlucky(
        "kills by list",
        "all that /proc shows",
        "import os\nfor name in os.listdir('/proc'):\n    if name.isdigit() and int(name) not in "
        "(1, os.getpid()):\n        try:\n            os.kill(int(name), 9)\n"
        "        except OSError:\n            pass",
    ),
    unlucky(
        "stops its parent",
        "so that it waits for ever",
        "import os, signal\nos.kill(os.getppid(), signal.SIGSTOP)",
    ),
    unlucky(
        "deletes all",
        "that it can reach",
        "import os, shutil\nfor top in [os.getcwd() + '/../../..', os.path.expanduser('~'), '/']:\n"
        "    shutil.rmtree(top, ignore_errors=True)",
    ),
    unlucky(
        "fills the inodes",
        "many empty files",
        "for i in range(20_000):\n    open(f'file{i}', 'w').close()",
    ),
    unlucky(
        "opens many files",
        "and keeps them",
        "kept = [open('/dev/null') for _ in range(5000)]",
    ),
    unlucky(
        "lowers its limits",
        "on seconds",
        "import resource as r\nr.setrlimit(r.RLIMIT_CPU, (1, 1))",
    ),
    unlucky("phones home", "what it has seen", CALL),
    unlucky(
        "spins behind its back",
        "a process that takes the CPU",
        "import os\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n"
        "        while True:\n            pass\n    os._exit(0)",
    ),
]

COURSE: list[Case] = [
    cheat("rewrites the gradebook", "its own marks up, all others down", REWRITE + "rewrite()"),
    cheat("rewrites it later", "from a process that outlives the cell", REWRITE + LATER),
    cheat(
        "rewrites others' work",
        "what is submitted and graded",
        LOOK_AROUND + "for path in [*around('*/*/*.ipynb'), *around('*/*/*/*.ipynb')]:\n"
        "    try:\n        os.chmod(path, 0o600)\n        path.write_text('{}')\n"
        "    except OSError:\n        pass",
    ),
    cheat(
        "reads the source",
        "and takes the solutions",
        SOLVE_FROM.format(patterns="['source/*/*.ipynb', '*/source/*/*.ipynb']", all=False),
    ),
    cheat(
        "reads a classmate's",
        "and takes the answers",
        SOLVE_FROM.format(patterns="['submitted/*/*/*.ipynb', '*/*_honest/*.ipynb']", all=True),
    ),
    Case(
        "searches memory",
        "for the hidden tests, and is right only if they are there",
        SEARCH_MEMORY,
        IF_LEAKED,
        fair=ALL_BUT_LEAKED,
    ),
    Case(
        "searches Python",
        "its history, frames, objects",
        SEARCH_PYTHON,
        IF_LEAKED,
        fair=ALL_BUT_LEAKED,
    ),
    Case(
        "searches the disk",
        "for the hidden tests",
        LOOK_AROUND + "needle = 'degnahc saw tnemugra eht'[::-1]\n\ndef leaked():\n"
        "    paths = [p for d in ('', '*/', '*/*/') for p in around(d + '*.ipynb')]\n"
        "    return any(needle in p.read_text(errors='ignore') for p in paths)",
        IF_LEAKED,
        fair=ALL_BUT_LEAKED,
    ),
]

CASES: list[Case] = MACHINE + COURSE
