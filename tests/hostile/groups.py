"""All cases, in groups that are graded in one run each."""

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

GROUPS = {
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
