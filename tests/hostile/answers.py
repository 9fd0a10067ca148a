"""Honest work with an accident in an answer: what broke costs its own points, no others."""

from __future__ import annotations

from tests.hostile.case import Case, unlucky

HANGS = "def {}(*_):\n    while True:\n        pass"

CASES: list[Case] = [
    unlucky(
        "answer hangs",
        "loops on an edge case",
        answers={"normalize": HANGS.format("normalize")},
        lost="normalize",
        told="CPU",
    ),
    unlucky(
        "three answers hang",
        "each costs its own points",
        answers={name: HANGS.format(name) for name in ("normalize", "count_words", "soften")},
        lost="normalize count_words soften",
    ),
    unlucky(
        "test never ends",
        "since the answer brings it no further",
        answers={"step": "def step(n):\n    return n"},
        lost="step",
    ),
    unlucky(
        "generator hangs",
        "never yields",
        answers={"primes": "def primes():\n    while True:\n        pass\n    yield 2"},
        lost="primes",
    ),
    unlucky(
        "__repr__ hangs",
        "when the test tells what it got",
        answers={
            "count_words": "class Slow:\n    def __repr__(self):\n        while True:\n"
            "            pass\n\ndef count_words(text):\n    return Slow()"
        },
        lost="count_words",
    ),
    unlucky(
        "__eq__ hangs",
        "when the test compares",
        answers={
            "count_words": "class Slow:\n    def __eq__(self, other):\n        while True:\n"
            "            pass\n\ndef count_words(text):\n    return Slow()"
        },
        lost="count_words",
    ),
    unlucky(
        "answer exits",
        "ends the process",
        answers={"soften": "import os\n\ndef soften(z, T):\n    os._exit(0)"},
        lost="soften",
        told="ended",
    ),
    unlucky(
        "answer raises SystemExit",
        "ends a script",
        answers={"soften": "import sys\n\ndef soften(z, T):\n    sys.exit(0)"},
        lost="soften",
    ),
    unlucky(
        "answer recurses",
        "without an end",
        answers={"count_words": "def count_words(text):\n    return count_words(text)"},
        lost="count_words",
        told="recursion",
    ),
    unlucky(
        "answer eats memory",
        "a matrix that is too large",
        answers={
            "normalize": "def normalize(rows):\n    return [b'x' * 2**26 for _ in range(999)]"
        },
        lost="normalize",
    ),
    unlucky(
        "answer holds half a character",
        "which the test tells",
        answers={"count_words": "def count_words(text):\n    return 'caf\\ud800 \\0'"},
        lost="count_words",
    ),
    unlucky(
        "answer is a huge text",
        "which the test tells",
        answers={"count_words": "def count_words(text):\n    return 'x' * 10**8"},
        lost="count_words",
    ),
    unlucky(
        "answer yields too much",
        "which the test keeps",
        answers={"primes": "def primes():\n    while True:\n        yield bytes(10**8)"},
        lost="primes",
    ),
    unlucky(
        "answer warns",
        "a line on stderr is no failure",
        answers={
            "normalize": "import sys, warnings\n\ndef normalize(rows):\n"
            "    warnings.warn('old NumPy')\n    print('dividing', file=sys.stderr)\n"
            "    return rows / rows.sum(1, keepdims=True)"
        },
    ),
    unlucky(
        "answer prints",
        "left from debugging",
        answers={
            "primes": "def primes():\n    for n in range(2, 10**6):\n        print(n)\n"
            "        if all(n % d for d in range(2, n)):\n            yield n"
        },
    ),
    unlucky(
        "answer asks",
        "input() in a function",
        answers={"Average": "class Average:\n    def __init__(self):\n        self.n = input()"},
        lost="Average",
    ),
    unlucky(
        "other right types",
        "a Counter, an iterator class, a decorated function, a dataclass",
        answers={
            "count_words": "from collections import Counter\nfrom functools import lru_cache\n\n"
            "@lru_cache\ndef count_words(text):\n    return Counter(text.lower().split())",
            "primes": "class primes:\n    n = 1\n\n    def __iter__(self):\n        return self\n\n"
            "    def __next__(self):\n        self.n += 1\n"
            "        while not all(self.n % d for d in range(2, self.n)):\n"
            "            self.n += 1\n        return np.int64(self.n)",
            "Average": "from dataclasses import dataclass, field\n\n@dataclass\nclass Average:\n"
            "    seen: list = field(default_factory=list)\n\n    def add(self, x):\n"
            "        self.seen.append(x)\n\n    def value(self):\n"
            "        return np.mean(self.seen)",
            "normalize": "normalize = lambda rows: (rows.T / rows.sum(1)).T",
        },
    ),
    unlucky(
        "answers that lean on each other",
        "and on an own cell",
        "def total(rows):\n    return rows.sum(1, keepdims=True)",
        answers={
            "normalize": "def normalize(rows):\n    return rows / total(rows)",
            "soften": "def soften(z, T):\n    e = torch.exp(z / T)\n    return normalize(e)",
        },
    ),
    unlucky(
        "draws random numbers",
        "leaves the generators elsewhere",
        "import random\nrandom.seed()\nnp.random.seed(None)\ntorch.seed()\n"
        "keep = [np.random.rand(9), torch.rand(9)]",
    ),
]
