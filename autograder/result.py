"""What grading one submission came to."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Result:
    """One submission's marks: points and failure message by exercise, or why there are none."""

    student: str
    scores: dict[str, float]
    max_scores: dict[str, float]
    failures: dict[str, str] = field(default_factory=dict)
    by_hand: tuple[str, ...] = ()
    error: str | None = None
    flags: tuple[str, ...] = ()  # what an instructor should look at
    recorded: bool = True  # whether the gradebook has it
    forgeable: tuple[str, ...] = ()  # exercises whose tests ran in the student's own process

    @property
    def total(self) -> float:
        """The sum of all points."""
        return sum(self.scores.values())
