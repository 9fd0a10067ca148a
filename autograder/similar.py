"""Finds near-identical submissions by their fingerprints, as MOSS does.

Every run of `SHORTEST` characters is a fingerprint (Schleimer, Wilkerson, Aiken 2003, "Winnowing",
with a window of 1, so that the same work always has the same score). In code, names and strings are
put aside first: renaming hides nothing. What the course gave out counts for nobody, nor what its
own solution has, nor what many students have. copydetect does the fingerprints and the score.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from io import StringIO
from itertools import combinations

from nbformat import NotebookNode

SHORTEST = 25  # characters alike from which on it counts: copydetect's own default
LONG = 100  # characters alike, in all, that a pair needs to be told of: some ten lines of code
SCORE = 0.8  # of what is left of the two, on average
MOST = 100_000  # characters of a text that are looked at
COMMON, SHARE = 10, 4  # what more than 10 students have counts for nobody (MOSS), or a 4th of them


@dataclass(frozen=True)
class Pair:
    """Two submissions that are much alike, and what part of each one's own work is in the other."""

    kind: str  # "code" or "answers"
    students: tuple[str, str]
    scores: tuple[float, float]
    characters: int


def by_kind(cells: Iterable[NotebookNode]) -> dict[str, str]:
    """What stands in cells, as one text of code and one of answers."""
    texts: dict[str, list[str]] = {"code": [], "answers": []}
    for cell in cells:
        texts["code" if cell.cell_type == "code" else "answers"].append(cell.source)
    return {kind: "\n\n".join(parts) for kind, parts in texts.items()}


def alike(
    submitted: Mapping[str, Iterable[NotebookNode]], course: Iterable[NotebookNode]
) -> list[Pair]:
    """The pairs of students whose own work is nearly the same, most alike first.

    submitted: each student's notebooks; course: the course's own, with its solution.
    Raises ImportError without copydetect.
    """
    ours = [cell for notebook in course for cell in notebook.cells]
    given = {cell.source for cell in ours}
    works = {
        student: by_kind(c for nb in notebooks for c in nb.cells if is_own(c, given))
        for student, notebooks in submitted.items()
    }
    found = []
    for kind, text in by_kind(ours).items():
        found += alike_in(kind, {student: work[kind] for student, work in works.items()}, text)
    return sorted(found, key=lambda pair: (-sum(pair.scores), -pair.characters, pair.students))


def is_own(cell: NotebookNode, given: set[str]) -> bool:
    """Whether a student may have written a cell."""
    return not cell.metadata.get("nbgrader", {}).get("locked") and cell.source not in given


def alike_in(kind: str, texts: Mapping[str, str], given: str) -> list[Pair]:
    """The pairs alike in their code, or in their answers."""
    from copydetect import compare_files

    prints = {student: fingerprints(kind, text) for student, text in texts.items()}
    counts = Counter(mark for one in prints.values() for mark in one.hashes)
    most = max(COMMON, len(texts) // SHARE)
    left_out = fingerprints(kind, given).hashes | {m for m, n in counts.items() if n > most}
    having: dict[int, list[str]] = {}
    for student, one in prints.items():
        leave_out(one, left_out)
        for mark in one.hashes:
            having.setdefault(mark, []).append(student)
    shared = Counter(pair for students in having.values() for pair in combinations(students, 2))
    found = []
    for (a, b), marks in shared.items():
        if marks < min(len(prints[a].hashes), len(prints[b].hashes)) / 3:
            continue  # too few to make the score: a quick look before the slow one
        characters, scores, _ = compare_files(prints[a], prints[b])
        if sum(scores) / 2 >= SCORE and characters >= LONG:
            found.append(Pair(kind, (a, b), tuple(map(float, scores)), int(characters)))
    return found


def fingerprints(kind: str, text: str):
    """copydetect's fingerprints of a text; in prose neither case nor line ends count."""
    from copydetect import CodeFingerprint

    code = kind == "code"
    text = (text if code else " ".join(text.lower().split()))[:MOST]
    return CodeFingerprint(
        "", SHORTEST, 1, filter=code, language="python" if code else None, fp=StringIO(text)
    )


def leave_out(one, marks: set[int]) -> None:
    """Take fingerprints out of one text's.

    copydetect's own `boilerplate` takes out too much where a text repeats itself.
    """
    from copydetect.utils import get_token_coverage

    one.hashes = one.hashes - marks
    one.hash_idx = {mark: places for mark, places in one.hash_idx.items() if mark in one.hashes}
    one.token_coverage = get_token_coverage(one.hash_idx, one.k, len(one.filtered_code))
