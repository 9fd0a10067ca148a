"""Attacks on the engine's own wire: what the box answers is the student's to write.

They find the box's side of it in their process and misuse it; nbgrader has nothing of the kind.
Names come from the engine itself, so that none of these goes blunt unseen.
"""

from __future__ import annotations

from autograder.engine.inside import Inside
from autograder.engine.wire import Encoder
from tests.hostile.case import Case, cheat, unlucky

FIND = f"""\
import gc, json, os, struct, sys
inside = next(o for o in gc.get_objects() if type(o).__name__ == {Inside.__name__!r})
Encoder = sys.modules[{Encoder.__module__!r}].{Encoder.__name__}
sock = next(v for v in vars(inside).values() if type(v).__name__ == 'socket')

def frame(root, nodes, *buffers):
    head = json.dumps([root, nodes, [len(b) for b in buffers]]).encode()
    body = struct.pack('<I', len(head)) + head + b''.join(buffers)
    return struct.pack('<Q', len(body)) + body
"""
# ["ok", True, []] and ["ok", 4.0, []]
RIGHT = """
def plain(value):
    nodes = [['list', [1, 2, 3]], ['str', 0], ['plain', True], ['list', []]]
    if value is not True:
        nodes[2] = ['float', struct.pack('<d', value).hex()]
    return frame(0, nodes, b'ok')
"""
EVERYWHERE = """
def everywhere(*_):
    for fd in range(3, 256):
        for message in (plain(True), plain(4.0), b'x' * 99, struct.pack('<Q', 2**60)):
            try:
                os.set_blocking(fd, False)
                os.write(fd, message)
            except OSError:
                pass
normalize = count_words = soften = primes = step = spread = Average = everywhere
"""
# This cell went well, it says, and whatever is asked next.
ALWAYS = """
ran = [['list', [1, 2, 3]], ['str', 0], ['list', [3, 4]], ['list', []], ['plain', None]]
sock.sendall(frame(0, ran, b'ok'))
for value in (True, 4.0):
    for _ in range(2000):
        sock.sendall(plain(value))
"""
# The reply that the visible test waits for: ["ok", [[0.75, 0.25], [0.2, 0.8]], []].
DEAF = """
import time

def listen_no_more():
    data = np.array([[0.75, 0.25], [0.2, 0.8]]).tobytes()
    nodes = [['list', [1, 2, 3]], ['str', 0], ['ndarray', '<f8', [2, 2], 1], ['list', []]]
    sock.sendall(frame(0, nodes, b'ok', data))
    while True:
        time.sleep(1)
"""
REPLY = """
reply = type(inside).reply

def forged(self, value, decoder, before):
    if decoder.value()[0] == 'run':
        return reply(self, value, decoder, before)
    e = Encoder(self.handle)
    return {message}
type(inside).reply = forged
"""


def replies(name: str, tries: str, message: str) -> Case:
    """A cheat whose replies are all `message`."""
    return cheat(name, tries, FIND + RIGHT + REPLY.format(message=message), wire=True)


def answers(name: str, tries: str, node: str, setup: str = "") -> Case:
    """A case whose `soften` sends `node` as its result; it loses that exercise."""
    patch = f"""
{setup}
add_node = Encoder.node

class Forged:
    pass

def node(self, value, depth):
    return {node} if type(value) is Forged else add_node(self, value, depth)
Encoder.node = node
"""
    lies = {"soften": "def soften(z, T):\n    return Forged()"}
    return unlucky(name, tries, FIND + patch, answers=lies, lost="soften", wire=True)


CASES: list[Case] = [
    cheat(
        "writes everywhere",
        "forged replies on all descriptors",
        FIND + RIGHT + EVERYWHERE,
        wire=True,
    ),
    cheat("replies ahead", "to questions that are to come", FIND + RIGHT + ALWAYS, wire=True),
    replies("replies True", "to all", "plain(True)[8:]"),
    replies("replies nothing", "that can be read", "b''"),
    replies("replies rubbish", "of the right length", "os.urandom(500)"),
    replies("replies deep JSON", "to break the reader", "struct.pack('<I', 10**6) + b'[' * 10**6"),
    replies(
        "replies a long table",
        "of millions of parts",
        "struct.pack('<I', 3 + 2 * 10**7) + b'[' + b'1,' * 10**7 + b'1]'",
    ),
    replies(
        "raises strangely",
        "exceptions that end a grader",
        "e.message(e.add(['raise', 'Sys\\0temExit', "
        "['SystemExit', 'KeyboardInterrupt', 'StopIteration', '__import__'], 'x' * 10**6, 'one']))",
    ),
    replies(
        "calls back unasked",
        "functions that the judge never gave",
        "e.message(e.add(['callback', -1, (), {}]))",
    ),
    replies(
        "changes what isn't its own",
        "all that it was sent, and more",
        "e.message(e.add(['ok', 4.0, [[n, {'_parameters': 1}] for n in range(-5, 50)]]))",
    ),
    answers("deep value", "nested to break recursion", "['list', [self.add([[[]]], depth - 900)]]"),
    answers("holds itself", "a tuple that can't be", "['tuple', [len(self.nodes) - 1]]"),
    answers("one of the judge's", "its own request", "['yours', 0]"),
    answers("a number that isn't there", "of the judge's objects", "['yours', 10**9]"),
    answers("a strange handle", "with traits that are none", "['handle', [1], 'traits']"),
    answers(
        "an array of objects", "from raw bytes", "['ndarray', '|O', [1], self.buffer(bytes(8))]"
    ),
    answers("a huge array", "from no bytes", "['ndarray', '<f8', [2**40], self.buffer(b'')]"),
    answers("a module by name", "any import", "['module', 'os', 'system', self.add({})]"),
    answers(
        "a module of ours",
        "a class that isn't one",
        "['module', 'greenlab.cli', 'main', self.add({'_parameters': {}})]",
    ),
    answers(
        "a gradient of nothing", "tokens at random", "['grad', 99, [0, 1, 10**6], self.add(1)]"
    ),
    answers("a callback of the judge's", "that was never given", "['callback', 0]"),
    answers(
        "keys that collide",
        "seconds of comparing for the judge",
        "['dict', [[self.add(key), self.add(None)] for key in keys]]",
        "keys = [i * (2**61 - 1) for i in range(1, 20_000)]",
    ),
    unlucky(
        "forged outputs",
        "what no notebook can hold",
        FIND
        + """
run = inside.run

def forged(source):
    run(source)
    loop = []
    loop.append(loop)
    return [[None, 5, {}, {'output_type': 'bogus'}, {'output_type': 'stream', 'text': 7},
             {'output_type': 'display_data', 'data': {'image/png': [1]}, 'metadata': 'x'},
             {'output_type': 'execute_result', 'data': {'text/html': b'x'}}, loop, inside,
             {'output_type': 'error', 'ename': 3, 'evalue': None, 'traceback': 'no list'}],
            inside]
inside.run = forged""",
        wire=True,
    ),
    unlucky(
        "too much to send",
        "deep, circular, large, of many digits, of many parts",
        answers={
            "normalize": "def normalize(rows):\n    deep = []\n    for _ in range(100_000):\n"
            "        deep = [deep]\n    return deep",
            "count_words": "def count_words(text):\n    loop = {}\n    loop['to'] = loop\n"
            "    return loop",
            "soften": "def soften(z, T):\n    return torch.zeros(8 * 10**7)",
            "primes": "def primes():\n    while True:\n        yield 1 << 10**7",
            "step": "def step(n):\n    return [[] for _ in range(10**6)]",
            "spread": "def spread(rows):\n    return 1 << 10**8",
            "Average": "class Average:\n    def add(self, x):\n        pass\n\n"
            "    def value(self):\n        return list(range(10**6))",
        },
        lost="normalize count_words soften primes step spread Average",
    ),
    unlucky(
        "listens no more",
        "answers ahead, then leaves the judge to send what nobody reads",
        FIND + DEAF,
        answers={"normalize": "def normalize(rows):\n    listen_no_more()"},
        lost="normalize",
        wire=True,
    ),
    unlucky(
        "crowds",
        "new objects without an end, each a handle",
        answers={
            "primes": "def primes():\n    while True:\n"
            "        yield [object() for _ in range(50_000)]"
        },
        lost="primes",
    ),
    unlucky(
        "fails strangely",
        "when it runs a cell",
        FIND
        + """
def fail(source):
    run(source)
    raise KeyError('x' * 10**7)
run, inside.run = inside.run, fail""",
        wire=True,
    ),
    unlucky(
        "pickle bomb",
        "objects that act when they are packed, named, shown or thrown away",
        """\
import os
class Bomb:
    def boom(self, *_):
        return exec, ('import os, builtins; builtins.AssertionError = Warning; os._exit(0)',)
    __reduce__ = __reduce_ex__ = __getstate__ = __deepcopy__ = boom
    def __del__(self): os._exit(0)
    def __getattribute__(self, name): raise SystemExit
    def __repr__(self): raise KeyboardInterrupt
    __str__ = __hash__ = __eq__ = __len__ = __iter__ = __repr__
def bomb(*_): return Bomb()
class Grenade(Exception):
    def __str__(self): raise SystemExit""",
        answers={
            "normalize": "normalize = bomb",
            "count_words": "def count_words(text):\n    raise Grenade",
            "Average": "Average = bomb",
        },
        lost="normalize count_words Average",
    ),
]
