"""All cases, in groups that are graded in one run each, and those that aren't fair yet."""

from tests.hostile import (
    answers,
    cheats,
    files,
    folders,
    forged,
    greedy,
    ipython,
    notebooks,
    unlucky,
)

EVERY = {
    "unlucky": unlucky.CASES,
    "answers": answers.CASES,
    "greedy": greedy.CASES,
    "cheats": cheats.CASES,
    "ipython": ipython.CASES,
    "forged": forged.CASES,
    "notebooks": notebooks.CASES,
    "files": files.CASES,
    "folders": folders.CASES,
}
GROUPS = {name: [case for case in cases if not case.open] for name, cases in EVERY.items()}
OPEN = [case for cases in EVERY.values() for case in cases if case.open]
