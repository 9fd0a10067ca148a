"""The course's late policy as an nbgrader plugin."""

from math import ceil

from nbgrader.plugins import LateSubmissionPlugin
from traitlets import List

DAY = 24 * 60 * 60


class LatePolicy(LateSubmissionPlugin):
    """One day late costs 20 % of the points, two days 50 %, later all; a day begun counts whole."""

    policy = List(
        [(1, 0.2), (2, 0.5)],
        help="(days late, share of the points lost), after the last day all is lost",
    ).tag(config=True)

    def late_submission_penalty(
        self, student_id: str, score: float, total_seconds_late: float
    ) -> float | None:
        """Points lost, between 0 and the score, or None for work that came in time."""
        if total_seconds_late <= 0:
            return None
        days = ceil(total_seconds_late / DAY)
        share = next((lost for until, lost in sorted(self.policy) if days <= until), 1.0)
        return max(score, 0.0) * min(max(share, 0.0), 1.0)
