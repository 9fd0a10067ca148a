"""For instructors only: builds the labs from their sources and grades what students submit."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOLUTIONS = ROOT / "solutions"
# What boxes never see: the repository, or of an installed grader its own folder.
HOUSE = ROOT if SOLUTIONS.is_dir() else Path(__file__).resolve().parent

# To check formats of URLs, which notebooks have none of, jsonschema would load a grammar for longer
# than all the rest takes.
sys.modules.setdefault("rfc3987_syntax", None)


class UsageError(Exception):
    """A request that can't be met; the message says in one sentence what to do."""
