"""For instructors only: builds the labs from their sources and grades what students submit."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOLUTIONS = ROOT / "solutions"


class UsageError(Exception):
    """A request that can't be met; the message says in one sentence what to do."""
