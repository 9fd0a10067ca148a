"""The usual slips in finding a ticket round by round, trained: what each would leave.

A loop is known by the parameters and masks that it leaves in a small network, always the same at
first.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from greenlab import check
from greenlab import winning as package
from greenlab.check.controls import seeded
from greenlab.check.holding import vector
from greenlab.check.lottery import flat
from greenlab.masks import Masks
from greenlab.zoo import mlp


def after_ticket(function: Callable, rounds: int, rate: float, **options: object) -> Tensor:
    """All parameters of a small network after `function`, then its masks, in one vector."""
    model, g = mlp(6, 12, 3, generator=seeded(6)), seeded(5)
    x, y = torch.randn(20, 6, generator=g), torch.arange(20) % 3
    masks = function(model, rounds, x, y, rate, generator=seeded(7), **options)
    return torch.cat([vector(model), flat(masks, model, "find_ticket(…)")])


def found(function: Callable, rounds: int, rate: float, **options: object) -> None:
    """Raise NotYet unless `function` finds the ticket, and leaves the network as it."""
    got = after_ticket(function, rounds, rate, **options)
    right = after_ticket(package.find_ticket, rounds, rate, **options)
    what = f"the network after find_ticket(…) in {rounds} rounds, and then the masks, all in a row,"
    try:
        check.close(got, right, what, find_ticket(rounds, rate, **options))
    except check.NotYet as error:
        if "Likely mistake" in str(error):
            raise
        raise check.NotYet(
            f"{error}\n  If your loop looks right: do prune_layer, prune_round and rewind, which "
            "it uses, pass their own checks? If not, take their checkpoints."
        ) from None


def find_ticket(rounds: int, rate: float, **options: object) -> dict[str, Tensor]:
    """Parameters and masks after the usual slips of iterative magnitude pruning."""

    def after(**slip: object) -> Tensor:
        def loop(*arguments: object, **more: object) -> dict[str, Tensor]:
            return _slipping(*arguments, **more, **slip)

        return after_ticket(loop, rounds, rate, **options)

    return {
        "nothing happens: the model has its first weights and all of them": after(rounds=0),
        "the copy of θ0 is none: state_dict() gives the model's own tensors, which training "
        "changes; clone them, or use copy.deepcopy": after(start="alias"),
        "θ0 is copied after the first training; copy it before": after(start="late"),
        "the model is left with its trained weights; after the last pruning rewind it once more": (
            after(rewind="between")
        ),
        "it never rewinds: each round goes on from the trained weights": after(rewind="never"),
        "it rewinds only at the end: each round must start from θ0": after(rewind="end"),
        "it prunes the rewound weights, or prunes before it trains: then θ0's magnitudes choose, "
        "which say nothing of what was learned": after(prune="rewound"),
        "learn gets masks that keep everything: hand on those of the round": after(masks="free"),
        "the model has all its first weights: rewind gets masks that keep everything, or a copy of "
        "the model; hand on the new masks, and the model itself": after(masks="unmasked"),
        "the model is rewound under the masks of the round before: prune first": after(
            masks="late"
        ),
        "only the first round prunes: hand its masks on to the next prune_round, and return after "
        "the loop": after(rounds=1),
        "a round is missing": after(rounds=rounds - 1),
        "there is a round too many": after(rounds=rounds + 1),
        "the rate is not handed on to prune_round": after(rate=0.2),
        "it learns only once, before the rounds: learn in each": after(learn="once"),
        "this is one shot: it learns once and rewinds at the end; do both in each round": after(
            learn="once", rewind="end"
        ),
        "the options are not handed on to learn: **options": after(learn="default"),
    }


def _slipping(
    model, rounds_, images, labels, rate_, *,
    rounds=None, rate=None, start="copy", rewind="each", prune="trained", masks="held",
    learn="each", **options,
) -> dict[str, Tensor]:  # fmt: skip
    # find_ticket with one thing wrong
    rounds, rate = rounds_ if rounds is None else rounds, rate_ if rate is None else rate
    full, first = dict(Masks.full(model)), model.state_dict()
    if start != "alias":
        first = {name: value.clone() for name, value in first.items()}
    if learn == "default":
        options = {"iterations": options["iterations"], "generator": options["generator"]}
    kept = full
    for number in range(rounds):
        old = kept
        if learn != "once" or number == 0:
            package.learn(model, full if masks == "free" else old, images, labels, **options)
        if start == "late" and number == 0:
            first = {name: value.clone() for name, value in model.state_dict().items()}
        if prune == "rewound":
            package.rewind(model, first, old)
        kept = package.prune_round(model, old, rate)
        under = {"late": old, "unmasked": full}.get(masks, kept)
        if rewind == "each" or (rewind == "between" and number < rounds - 1):
            package.rewind(model, first, under)
    if rewind == "end":
        package.rewind(model, first, kept)
    return kept
