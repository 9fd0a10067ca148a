"""The lottery ticket hypothesis (Frankle & Carbin 2018): find winning tickets, and controls.

Train j iterations from θ0 to θj, prune the smallest weights of θj, reset what is left to θ0, and
again. Masks are bool by parameter name, True for kept; weights are pruned and counted, biases not.
All networks of one experiment (seeds, controls) train together (`greenlab.together`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from greenlab import prune, stack_sparse, together
from greenlab.data import Split
from greenlab.masks import Masks, weights
from greenlab.stack import Stack, stack

State = Mapping[str, Tensor]
Pair = tuple[Tensor, Tensor]


class Digits(NamedTuple):
    """Images and labels to train on, to stop early by, and to test on."""

    train: Pair
    validation: Pair
    test: Pair


def hold_out(split: Split, validation: int = 1000) -> Digits:
    """The split's digits, the last `validation` of the training ones held out for early stopping.

    Raises ValueError unless some are left on both sides.
    """
    n = len(split.train_x) - validation
    if not 0 < n < len(split.train_x):
        raise ValueError(f"can't hold out {validation} of {len(split.train_x)} digits")
    x, y = split.train_x, split.train_y
    return Digits((x[:n], y[:n]), (x[n:], y[n:]), (split.test_x, split.test_y))


def glorot(model: nn.Module, generator: torch.Generator) -> nn.Module:
    """Draw a model's weights in place as the paper does (§2): N(0, 2 / (fan_in + fan_out)).

    Biases become 0. Returns the model.
    """
    drawn = weights(model)
    with torch.no_grad():
        for name, p in model.named_parameters():
            if name in drawn:
                fans = (p.shape[0] + p.shape[1]) * p[0, 0].numel()
                p.normal_(0, (2 / fans) ** 0.5, generator=generator)
            else:
                p.zero_()
    return model


def rates(model: nn.Module, rate: float = 0.2) -> dict[str, float]:
    """The share of its weights that each layer loses in a round; half of it in the last (§2).

    Raises ValueError unless 0 ≤ rate ≤ 1.
    """
    if not 0 <= rate <= 1:
        raise ValueError(f"rate must lie in [0, 1], got {rate}")
    names = list(weights(model))
    return {name: rate / 2 if name == names[-1] else rate for name in names}


def densities(model: nn.Module, rounds: float, rate: float = 0.2) -> dict[str, float]:
    """The share of its weights that each layer has left after so many rounds, (1 − rate)^rounds."""
    return {name: (1 - lost) ** rounds for name, lost in rates(model, rate).items()}


def smaller(trained: nn.Module, masks: Masks | None = None, rate: float = 0.2) -> Masks:
    """One round of pruning: of what `masks` keeps, each layer loses its smallest trained weights.

    Give it θj, the weights after training: those of θ0 say nothing about what was learned.
    """
    kept = {name: 1 - lost for name, lost in rates(trained, rate).items()}
    return prune.by_magnitude(trained, kept, within=masks)


def one_shot(trained: nn.Module, rounds: float, rate: float = 0.2) -> Masks:
    """As many weights pruned at once as `rounds` rounds would prune, after one training (§3)."""
    return prune.by_magnitude(trained, densities(trained, rounds, rate))


def random_masks(masks: Masks, generator: torch.Generator) -> Masks:
    """Masks that keep as many weights in each layer, at random places."""
    found = {}
    for name, mask in masks.items():
        order = torch.randperm(mask.numel(), generator=generator).to(mask.device)
        found[name] = mask.flatten()[order].view(mask.shape)
    return Masks(found)


def snapshot(model: nn.Module) -> dict[str, Tensor]:
    """A copy of the model's state, which training does not change: θ0 to come back to."""
    return {name: value.detach().clone() for name, value in model.state_dict().items()}


def rewind(model: nn.Module, start: State, masks: Masks | None = None) -> nn.Module:
    """Set the model in place to m ⊙ θ0, `start` where the mask keeps and 0 elsewhere (§1)."""
    model.load_state_dict(start)
    return (masks or Masks({})).apply(model)


@dataclass(frozen=True)
class Run:
    """One training as seen every few iterations: validation loss and test errors."""

    iterations: tuple[int, ...]
    losses: tuple[float, ...]
    errors: tuple[int, ...]

    @property
    def early_stop(self) -> int:
        """The iteration of least validation loss (§2); the first of equals."""
        return self.iterations[self._best]

    @property
    def errors_then(self) -> int:
        """Test errors at early stop."""
        return self.errors[self._best]

    @property
    def _best(self) -> int:
        return self.losses.index(min(self.losses))


def train(
    models: Sequence[nn.Module],
    masks: Sequence[Masks] | None,
    digits: Digits,
    *,
    generators: Sequence[torch.Generator],
    iterations: int = 1000,
    every: int = 50,
    batch: int = 60,
    lr: float = 1.2e-3,
    keep: int | None = None,
) -> tuple[list[Run], list[dict[str, Tensor]]]:
    """Train the models in place with Adam, their masks held, and watch them every few iterations.

    They end at the last iteration, not at early stop: that is where weights are pruned. Also
    returns their states after `keep` iterations (none if it is None), for late rewinding. Raises
    ValueError unless 1 ≤ every ≤ iterations and 0 ≤ keep ≤ iterations, or for a loss not finite.
    """
    if not 1 <= every <= iterations or not 0 <= (keep or 0) <= iterations:
        raise ValueError(f"can't watch {iterations} iterations every {every}, nor keep {keep}")
    runs: dict[int, Run] = {}
    kept: dict[int, dict[str, Tensor]] = {}
    sparse = stack_sparse.pays(models, masks)
    for group in [list(range(len(models)))] if sparse else together.groups(models):
        ours, own = [models[j] for j in group], masks and [masks[j] for j in group]
        both = stack_sparse.Sparse(ours, own) if sparse else stack(ours, own)
        seen: list[tuple[int, list[float], list[int]]] = []
        if keep == 0:
            kept |= {j: snapshot(models[j]) for j in group}
        running = together.steps(
            both, digits.train, generators=[generators[j] for j in group], batch=batch, lr=lr
        )
        for i in range(1, iterations + 1):
            next(running)
            if i == keep:
                kept |= {j: snapshot(m) for j, m in zip(group, both.unstack(), strict=True)}
            if i % every == 0:
                losses = _losses(both, *digits.validation)
                if not torch.isfinite(losses).all():
                    raise ValueError(f"a loss is not finite at iteration {i}: try a smaller lr")
                seen.append((i, losses.tolist(), together.errors(both, *digits.test).tolist()))
        both.unstack()
        for place, j in enumerate(group):
            rows = [(i, losses[place], wrong[place]) for i, losses, wrong in seen]
            runs[j] = Run(*zip(*rows, strict=True))
    order = range(len(models))
    return [runs[j] for j in order], [kept[j] for j in order] if keep is not None else []


def _losses(models: Stack, x: Tensor, y: Tensor) -> Tensor:
    logits = models.logits(x)
    each = F.cross_entropy(logits.flatten(0, 1), y.repeat(len(logits)), reduction="none")
    return each.view(len(logits), -1).mean(1)


@dataclass(frozen=True)
class Round:
    """One round: the masks trained with, the runs, the masks pruned after, what is rewound to."""

    number: int
    masks: tuple[Masks, ...]
    runs: tuple[Run, ...]
    pruned: tuple[Masks, ...]
    start: tuple[State, ...]


def iterate(
    models: Sequence[nn.Module],
    digits: Digits,
    rounds: int,
    *,
    generators: Callable[[int], Sequence[torch.Generator]],
    rate: float = 0.2,
    rewind_to: int = 0,
    after: Round | None = None,
    **options: float,
) -> Iterator[Round]:
    """Iterative magnitude pruning (§2, strategy 1): round 0 trains whole networks, then `rounds`.

    Every round starts from the weights of round 0 after `rewind_to` iterations: 0, θ0 itself, or
    k, late rewinding (Frankle et al. 2019). `generators(round)` gives a fresh one for each model;
    `options` are those of `train`. `after`: a round that is done, to go on from. The models are
    trained in place.
    """
    first = after.number + 1 if after else 0
    start = after.start if after else tuple(snapshot(m) for m in models)
    masks = after.pruned if after else tuple(Masks.full(m) for m in models)
    for number in range(first, rounds + 1):
        for model, state, mask in zip(models, start, masks, strict=True):
            rewind(model, state, mask)
        keep = rewind_to if number == 0 else None
        runs, kept = train(
            models, masks, digits, generators=generators(number), keep=keep, **options
        )
        start = tuple(kept) if number == 0 else start
        pruned = tuple(smaller(m, mask, rate) for m, mask in zip(models, masks, strict=True))
        yield Round(number, masks, tuple(runs), pruned, start)
        masks = pruned
