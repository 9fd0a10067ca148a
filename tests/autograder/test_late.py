"""One day late costs 20 %, two days 50 %, later everything; settable."""

import pytest
from traitlets.config import Config

from autograder.late import DAY, LatePolicy


@pytest.mark.parametrize(
    ("seconds", "lost"),
    [
        (0, None),
        (-5, None),
        (0.001, 2),
        (DAY, 2),
        (DAY + 0.001, 5),
        (2 * DAY, 5),
        (2 * DAY + 1, 10),
        (400 * DAY, 10),
    ],
)
def test_points_lost_of_ten(seconds, lost):
    assert LatePolicy().late_submission_penalty("alice", 10.0, seconds) == lost


def test_never_more_than_the_score_nor_less_than_nothing():
    generous = LatePolicy(policy=[(1, -0.5), (2, 1.7)])
    assert generous.late_submission_penalty("alice", 4.0, 1) == 0
    assert generous.late_submission_penalty("alice", 4.0, DAY + 1) == 4
    assert LatePolicy().late_submission_penalty("alice", 0.0, 9 * DAY) == 0


def test_settable_in_any_order():
    config = Config()
    config.LatePolicy.policy = [(7, 0.5), (3, 0.1)]
    late = LatePolicy(config=config)
    days = [late.late_submission_penalty("alice", 10.0, day * DAY) for day in (1, 3, 4, 7, 8)]
    assert days == [1, 1, 5, 5, 10]
