"""What students are told: every form of the message, and whose work an answer is."""

from __future__ import annotations

import functools
import math
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from IPython.core.interactiveshell import InteractiveShell
from torch import nn
from torch.nn import functional as F

import greenlab.distill
import greenlab.distill as aliased
from greenlab import check
from greenlab.check import close, loops
from greenlab.check import distillation as slips
from greenlab.distill import best_bias as their_best_bias
from greenlab.distill import soften as their_soften
from greenlab.train import predict

ROOT = Path(__file__).resolve().parents[2]
SOFTEN = "greenlab.distill.soften"


def message(*args: object, **options: object) -> str:
    """What `close` says of a wrong answer."""
    with pytest.raises(check.NotYet) as caught:
        close(*args, **options)
    return str(caught.value)


def right(got: object, expected: object) -> bool:
    """Whether `close` lets an answer pass."""
    try:
        close(got, expected, "it")
    except check.NotYet:
        return False
    return True


# close


@pytest.mark.parametrize(
    ("got", "expected"),
    [
        (1.0, 1.0),
        (1, 1.00005),
        (1e6, 1e6 + 50),  # relative
        (0.0, 5e-5),  # absolute
        (np.float32(2), 2),
        (torch.tensor(3), 3.0),
        (torch.tensor([1.0, 2.0], requires_grad=True), [1, 2]),
        ([[1, 2]], torch.tensor([[1.0, 2.0]])),
        (True, 1),
        (torch.zeros(0), []),
        (float("nan"), float("nan")),
        (float("inf"), float("inf")),
        (torch.tensor([1, 2], dtype=torch.int8), np.array([1, 2])),
        (torch.tensor(1.5, dtype=torch.bfloat16), 1.5),
    ],
)
def test_equal_answers_of_any_kind_pass(got, expected):
    assert close(got, expected, "it") is None


@pytest.mark.parametrize(
    ("got", "expected"), [(1.0, 1.001), (0.0, 3e-4), (1e6, 1e6 + 300), (2.0, -2.0), (0, math.inf)]
)
def test_answers_that_differ_don_t(got, expected):
    assert "is not right" in message(got, expected, "it")


def test_the_tolerance_can_be_set():
    close(1.0, 1.05, "it", tol=0.1)
    message(1.0, 1.00005, "it", tol=1e-6)


def test_expected_and_got():
    text = message(torch.tensor([0.25, 0.75]), [0.5, 0.5], "soften(z, T=4)")
    assert text.splitlines() == [
        "soften(z, T=4) is not right.",
        "  Expected: [0.5 0.5]",
        "  Got:      [0.25 0.75]",
    ]


def test_whole_numbers_are_shown_without_a_point():
    text = message([2, 4.5], [2, 4, 0, 1], "f(x)")
    assert "Expected: [2 4 0 1]\n" in text
    assert "Got:      [2.  4.5]\n" in text
    assert "Got:      inf\n" in message(math.inf, 288_000, "f(x)")
    assert "Expected: 288000\n" in message(math.nan, 288_000, "f(x)")
    assert "Got:      1.e+300" in message(1e300, 2, "f(x)")


def test_none_is_a_missing_return():
    text = message(None, 1.0, "f(x)")
    assert text == "f(x) gave None.\n  Likely mistake: the function has no return."


@pytest.mark.parametrize("got", ["text", nn.Linear(1, 1), [[1, 2], [3]], {"a": 1}, print, 1j])
def test_what_is_no_number_is_named_by_its_kind(got):
    text = message(got, 1.0, "f(x)")
    assert text == f"f(x) should be a number or a tensor, but is a {type(got).__name__}."


def test_a_wrong_shape_is_told_with_the_right_one():
    text = message(torch.zeros(2, 3), torch.zeros(3), "f(x)")
    assert "Its shape is (2, 3); it should be (3,)." in text
    assert "It is a list of one number; it should be one number." in message([1.0], 1.0, "f(x)")
    assert "It is one number; it should be a list of 2 numbers." in message(1.0, [1, 2], "f(x)")
    assert "shape" not in message([1.0], [2.0], "f(x)")


def test_shapes_don_t_broadcast():
    message(torch.ones(3), 1.0, "f(x)")
    message(torch.ones(3, 1), torch.ones(3), "f(x)")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_not_finite(value):
    assert "a division by zero or an overflow" in message([1.0, value], [1.0, 2.0], "f(x)")
    assert "overflow" not in message([1.0, 3.0], [1.0, 2.0], "f(x)")


def test_the_mistake_that_gives_the_same_is_named_and_no_other():
    mistakes = {"T is not used": 2.0, "the sign is wrong": torch.tensor(-1.0)}
    assert message(-1.0, 1.0, "f", mistakes).endswith("\n  Likely mistake: the sign is wrong.")
    assert "Likely mistake" not in message(7.0, 1.0, "f", mistakes)
    assert "Likely mistake" not in message(7.0, 1.0, "f", {})


def test_the_first_mistake_that_matches_wins():
    text = message(2.0, 1.0, "f", {"first": 2.0, "second": 2.0})
    assert "first" in text
    assert "second" not in text


def test_a_mistake_that_is_nan_beats_the_general_remark():
    text = message(float("nan"), 1.0, "f", {"log(0)": float("nan")})
    assert "log(0)" in text
    assert "overflow" not in text


def test_a_mistake_of_another_shape_is_recognized():
    text = message(torch.zeros(2), 0.0, "f", {"return the mean": [0.0, 0.0]})
    assert "return the mean" in text
    assert "It is a list of 2 numbers" in text


def test_a_right_answer_passes_even_if_a_mistake_gives_the_same():
    close(1.0, 1.0, "f", {"T is not used": 1.0})


def test_large_tables_are_cut_short():
    text = message(torch.zeros(1000, 1000), torch.ones(1000, 1000), "f")
    assert len(text) < 500
    assert "..." in text


def test_that():
    check.that(True, "never seen")
    with pytest.raises(check.NotYet, match=r"^say this$"):
        check.that(False, "say this")


def test_passed_names_the_exercise(capsys):
    check.passed("Exercise 3")
    assert capsys.readouterr().out == "✓ Exercise 3: the tests that you can see pass.\n"


def test_a_notebook_shows_the_message_alone(capsys):
    shell = InteractiveShell()
    shell.user_ns["check"] = check
    shell.run_cell("check.close(1, 2, 'f(x)')")
    seen = "".join(capsys.readouterr())
    assert "Not yet: f(x) is not right." in seen
    assert "Traceback" not in seen
    assert "check/__init__.py" not in seen
    assert issubclass(check.NotYet, AssertionError)  # graders count it as a failed test


# own_work: what is refused


def direct(logits, T=1.0):
    return their_soften(logits, T)


def by_alias(logits, T=1.0):
    return aliased.soften(logits, T)


def by_attribute(logits, T=1.0):
    return greenlab.distill.soften(logits, T)


def imports_it(logits, T=1.0):
    from greenlab.distill import soften

    return soften(logits, T)


def imports_as(logits, T=1.0):
    from greenlab.distill import soften as s

    return s(logits, T)


def imports_the_module(logits, T=1.0):
    from greenlab import distill

    return distill.soften(logits, T)


def imports_the_module_as(logits, T=1.0):
    import greenlab.distill as d

    return d.soften(logits, T)


def imports_the_package(logits, T=1.0):
    import greenlab.distill

    return greenlab.distill.soften(logits, T)


def helper(logits, T):
    return direct(logits, T)


def through_helpers(logits, T=1.0):
    return helper(logits, T)


def hands_it_on(logits, T=1.0):
    return {"mine": their_soften}["mine"](logits, T)


def inner(logits, T=1.0):
    def really(z):
        return their_soften(z, T)

    return really(logits)


by_lambda = lambda logits, T=1.0: their_soften(logits, T)  # noqa: E731
by_partial = functools.partial(their_soften, T=4.0)
by_two_partials = functools.partial(functools.partial(direct), T=4.0)
another_name = their_soften


@pytest.mark.parametrize(
    "answer",
    [
        direct,
        by_alias,
        by_attribute,
        imports_it,
        imports_as,
        imports_the_module,
        imports_the_module_as,
        imports_the_package,
        through_helpers,
        hands_it_on,
        inner,
        by_lambda,
        by_two_partials,
    ],
)
def test_using_the_package_s_form_is_refused(answer):
    with pytest.raises(check.NotYet, match=f"uses {SOFTEN}: here the point is to write it"):
        check.own_work(answer, SOFTEN)


@pytest.mark.parametrize("answer", [their_soften, another_name, by_partial])
def test_the_package_s_form_itself_is_refused_with_a_friendly_word(answer):
    with pytest.raises(check.NotYet, match="the package's own form") as caught:
        check.own_work(answer, SOFTEN)
    assert "gives its points for your own" in str(caught.value)


def copied_loss(a, b, c=None, t=4.0, w=0.9):
    if not 0 <= w <= 1:
        raise ValueError(f"w is {w}")
    s = w * t**2 * soft_cross_entropy(a, b, t)
    if c is None:
        return s
    return s + (1 - w) * F.cross_entropy(a, c)


def copied_bias(z, y, k, tries):
    """My own words."""
    if len(tries) == 0:
        raise ValueError("none")

    def f(s: float) -> int:
        return int((raise_bias(z, k, s).argmax(1) != y).sum())

    return min(sorted(tries), key=f)


def soft_cross_entropy(z, v, T):
    return -(F.softmax(v / T, 1) * F.log_softmax(z / T, 1)).sum(1).mean()


def raise_bias(z, k, s):
    z = z.clone()
    z[:, k] += s
    return z


@pytest.mark.parametrize(
    ("answer", "without"),
    [
        (copied_loss, "greenlab.distill.distillation_loss"),
        (copied_bias, "greenlab.distill.best_bias"),
    ],
)
def test_a_copy_with_other_names_is_refused(answer, without):
    with pytest.raises(check.NotYet, match=f"copies {without} line by line"):
        check.own_work(answer, without)


def through_a_copy(z, v, y, T, alpha):
    return copied_loss(z, v, y, T, alpha)


def test_a_copy_in_a_helper_is_refused():
    with pytest.raises(check.NotYet, match="copied_loss copies"):
        check.own_work(through_a_copy, "greenlab.distill.distillation_loss")


def test_an_exercise_that_is_not_written_yet_is_told_so_in_a_line():
    def soften(logits, T=1.0):
        """Softmax of the logits at temperature T."""
        # YOUR CODE HERE
        raise NotImplementedError("Replace this line: write soften")

    def refuses_some(logits, T=1.0):
        if T <= 0:
            raise ValueError(T)
        raise NotImplementedError("only for T = 1")

    with pytest.raises(check.NotYet, match=r"^soften is not written yet"):
        check.own_work(soften, SOFTEN)
    check.own_work(refuses_some, SOFTEN)


# own_work: what passes


def one_line(logits, T=1.0):
    """Softmax at T."""
    return torch.softmax(logits / T, dim=-1)


def by_exp(logits, T=1.0):
    e = torch.exp(logits / T - (logits / T).max(dim=-1, keepdim=True).values)
    return e / e.sum(dim=-1, keepdim=True)


def recursive(logits, T=1.0):
    return recursive(logits / T, 1.0) if T != 1 else torch.softmax(logits, -1)


def names_it_in_words(logits, T=1.0):
    """Unlike greenlab.distill.soften, mine."""
    soften = torch.softmax  # a local name is no use of the package
    return soften(logits / T, dim=-1)


def uses_other_things_of_the_package(logits, T=1.0):
    predict(nn.Identity(), logits)
    return torch.softmax(logits / T, -1)


def shadows(logits, their_soften=torch.softmax):
    return their_soften(logits, -1)


mine = lambda logits, T=1.0: torch.softmax(logits / T, -1)  # noqa: E731


class Callable:
    def __call__(self, logits, T=1.0):
        return torch.softmax(logits / T, -1)


typed_in = {}
exec("def without_source(logits, T=1.0):\n    return logits", typed_in)


@pytest.mark.parametrize(
    "answer",
    [
        one_line,
        by_exp,
        recursive,
        names_it_in_words,
        uses_other_things_of_the_package,
        mine,
        functools.partial(one_line, T=4.0),
        Callable(),
        Callable,
        typed_in["without_source"],
        torch.softmax,
        len,
        None,
        3,
    ],
)
def test_honest_answers_pass(answer):
    check.own_work(answer, SOFTEN)


def usual_bias(logits, labels, digit, shifts):
    best_shift, fewest = None, float("inf")
    for shift in shifts:
        raised = logits.clone()
        raised[:, digit] += shift
        count = int((raised.argmax(dim=1) != labels).sum())
        if count < fewest:
            best_shift, fewest = shift, count
    return best_shift


def test_the_usual_way_to_search_passes():
    check.own_work(usual_bias, "greenlab.distill.best_bias")


def test_only_the_named_form_is_refused():
    check.own_work(direct, "greenlab.distill.match_logits")
    check.own_work(their_best_bias, SOFTEN)


# slips, on the inputs that the lab itself uses


@pytest.fixture(scope="module")
def lab_checks():
    """Every `check.close` of the solved lab's tests: {exercise: [(what, expected, mistakes)]}."""
    text = (ROOT / "solutions" / "lab4_distillation.py").read_text(encoding="utf-8")
    cells = re.split(r"^# %%", text, flags=re.MULTILINE)[1:]
    asked: dict[str, list[tuple]] = {}
    scope: dict[str, object] = {"__name__": "lab"}
    with pytest.MonkeyPatch.context() as patch:
        for cell in cells:
            header, body = cell.split("\n", 1)
            kind = re.match(r' (given="setup"|solution=|tests=)(?:"(\w+)")?', header)
            if not kind:
                continue
            calls = asked.setdefault(kind.group(2), []) if kind.group(2) else []

            def record(got, expected, what, mistakes=None, tol=1e-4, calls=calls):
                close(got, expected, what, mistakes, tol)  # the solved lab is right
                calls.append((what, expected, mistakes or {}))

            patch.setattr(check, "close", record)
            exec(body, scope)
    return {name: calls for name, calls in asked.items() if calls}


EXERCISES = [
    "soften",
    "soft_cross_entropy",
    "distillation_loss",
    "match_logits",
    "cache_logits",
    "ensemble_logits",
    "distill",
    "distill_unlabeled",
    "best_bias",
]


def test_every_exercise_compares_values_and_names_slips(lab_checks):
    assert sorted(lab_checks) == sorted(EXERCISES)
    for name, calls in lab_checks.items():
        assert any(len(mistakes) > 3 for _, _, mistakes in calls), name


@pytest.mark.parametrize("exercise", EXERCISES)
def test_each_slip_is_caught_and_named_by_its_own_name(exercise, lab_checks):
    """Each slip fails some check of the solved lab, and some check calls it by its own name.

    A slip that gives the right answer everywhere would never be caught; one that always gives the
    same as another, listed before it, would always be called by the other's name.
    """
    calls = lab_checks[exercise]
    never = []
    for slip in dict.fromkeys(name for _, _, mistakes in calls for name in mistakes):
        told = [
            message(mistakes[slip], expected, what, mistakes)
            for what, expected, mistakes in calls
            if slip in mistakes and not right(mistakes[slip], expected)
        ]
        if not any(f"Likely mistake: {slip}." in text for text in told):
            never.append((slip, told))
    assert not never


outside = torch.zeros(2, 3)


def test_a_tensor_from_outside_in_place_of_an_argument_is_named():
    def reads_outside(logits, T=1.0):
        return (outside / T).softmax(-1)

    def inside_a_comprehension(logits, T=1.0):
        return torch.stack([row / T for row in outside])

    def own(logits, T=1.0):
        outside = logits / T
        return outside.softmax(-1)

    for function in (reads_outside, inside_a_comprehension):
        with pytest.raises(check.NotYet, match="uses `outside` from outside"):
            check.own_work(function, without="greenlab.distill.soften")
    check.own_work(own, without="greenlab.distill.soften")


def test_weights_after_starts_from_the_same_student_each_time():
    def nothing(student: nn.Module, generator: torch.Generator) -> None:
        return None

    torch.manual_seed(1)
    first = loops.weights_after(nothing)
    torch.manual_seed(2)
    assert torch.equal(first, loops.weights_after(nothing))
    assert first.shape == (6 * 12 + 12 + 12 * 3 + 3,)


def test_the_unseen_class_s_bias_is_about_3_too_low():
    for digit in range(5):
        z, y = slips.unseen_class(500, digit, seed=digit)
        assert z.shape == (500, 5)
        shifts = [k / 4 for k in range(-8, 33)]
        assert 1.5 <= their_best_bias(z, y, digit, shifts) <= 4.5
