"""What a rewound, a reinitialized and a randomly masked network must be, and the usual slips.

All raise NotYet with the likely mistake. The networks are small, and always the same at first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor, nn

from greenlab import check
from greenlab.check.holding import vector
from greenlab.check.lottery import flat
from greenlab.masks import weights
from greenlab.zoo import mlp

DRAWS = 5.0  # standard errors that a random draw may be off


def seeded(seed: int) -> torch.Generator:
    """A generator with this seed."""
    return torch.Generator().manual_seed(seed)


def trained(*sizes: int, seed: int = 1) -> tuple[nn.Sequential, dict[str, Tensor]]:
    """A network with other parameters than at first, and those that it had, θ0."""
    model = mlp(*sizes, generator=seeded(seed))
    start = {name: value.clone() for name, value in model.state_dict().items()}
    with torch.no_grad():
        for p in model.parameters():
            p.add_(torch.randn(p.shape, generator=seeded(seed + 50)))
    return model, start


def some(model: nn.Module, density: float, seed: int = 2) -> dict[str, Tensor]:
    """Masks that keep about this share of a network's weights, at random places."""
    g = seeded(seed)
    return {name: torch.rand(w.shape, generator=g) < density for name, w in weights(model).items()}


def rewound(function: Callable, sizes: Sequence[int], density: float) -> None:
    """Raise NotYet unless `function(model, start, masks)` sets a model to m ⊙ θ0 in place."""
    model, start = trained(*sizes)
    masks = some(model, density)
    now = {name: value.clone() for name, value in model.state_dict().items()}
    before = {name: value.clone() for name, value in start.items()}
    pruned = {name: mask.clone() for name, mask in masks.items()}

    def put(kept: Mapping, gone: Mapping | None = None, biases: Mapping = start, turn: int = 0):
        parts = []
        for name, value in start.items():
            if name in masks:
                mask = masks[name] ^ bool(turn)
                other = gone[name] if gone else torch.zeros_like(value)
                parts.append(torch.where(mask, kept[name], other).flatten())
            else:
                parts.append(biases[name])
        return torch.cat(parts)

    zeros = {name: torch.zeros_like(value) for name, value in start.items()}
    what = "the network after rewind(model, start, masks), all its parameters in a row,"
    returned = function(model, start, masks)
    mistakes = {
        "the model did not change: load start into it, and multiply its weights in place (w *= …; "
        "w = w * … only names a new tensor)": put(now, now, now),
        "the trained weights are kept under the mask; a ticket starts from θ0, `start`": put(
            now, biases=now
        ),
        "the trained weights are kept under the mask; only the biases are those of θ0": put(now),
        "the biases are still the trained ones; rewind them too": put(start, biases=now),
        "the biases are 0; they are not pruned: rewind them to θ0": put(start, biases=zeros),
        "the pruned weights are back, with their first values: set them to 0": put(start, start),
        "the pruned weights have their trained values: set them to 0": put(start, now),
        "the pruned weights have their trained values, and so have the biases": put(
            start, now, now
        ),
        "the masks are turned round: True is for the kept ones": put(start, turn=1),
        "the kept weights have their trained values and the pruned ones their first": put(
            now, start
        ),
    }
    check.close(vector(model), put(start), what, mistakes)
    same = all(torch.equal(start[k], before[k]) for k in before)
    same &= all(torch.equal(masks[k], pruned[k]) for k in pruned)
    check.that(
        same,
        "rewind changes `start` or the masks of its caller, who needs them for the controls: "
        "change the model alone.",
    )
    check.that(returned is model, "rewind should return the model that it was given.")
    with torch.no_grad():
        for p in model.parameters():
            p.add_(1)
    check.that(
        all(torch.equal(start[k], before[k]) for k in before),
        "After rewind, training the model changes `start`.\n  Likely mistake: the model was given "
        "start's own tensors (p.data = start[name], or assign=True); copy their values, as "
        "load_state_dict does.",
    )


def reinitialized(function: Callable, sizes: Sequence[int], density: float) -> None:
    """Raise NotYet unless `function(model, masks, generator)` draws fresh weights as the paper."""
    model, _ = trained(*sizes)
    masks = some(model, density)
    before = {name: w.detach().clone() for name, w in weights(model).items()}
    other, _ = trained(*sizes, seed=3)
    names = "reinitialize(model, masks, generator)"
    generator = seeded(11)
    returned = function(model, masks, generator)
    function(other, masks, seeded(11))
    check.that(returned is model, f"{names} should return the model that it was given.")
    state, ws = model.state_dict(), weights(model)
    for name, w in ws.items():
        fan_out, fan_in = w.shape
        kept = w.detach()[masks[name]].double()
        alive = int((w.detach()[~masks[name]] != 0).sum())
        check.that(
            alive == 0,
            f"{alive} pruned weights of layer {name} are not 0 after {names}: multiply by the "
            "mask, in place.",
        )
        check.that(
            not torch.equal(w.detach()[masks[name]], before[name][masks[name]]),
            f"The kept weights of layer {name} did not change by {names}: draw them anew, in place "
            "(w.normal_(…), w.copy_(…); w = … only names a new tensor).",
        )
        n = len(kept)
        deviation, tol = (2 / (fan_in + fan_out)) ** 0.5, DRAWS / (2 * n) ** 0.5
        left = int(masks[name].sum())
        mistakes = {
            "this is the variance; the standard deviation is its root": deviation**2,
            "only the inputs count; the paper takes inputs and outputs": (2 / fan_in) ** 0.5,
            "the 2 is missing": (1 / (fan_in + fan_out)) ** 0.5,
            "the root of the inputs alone, without the 2": fan_in**-0.5,
            "a uniform draw within the bound of PyTorch's layers": (3 * fan_in) ** -0.5,
            "the weights have standard deviation 1; multiply them": 1.0,
            "the fans are those of the pruned layer; take the whole layer's, w.shape": (
                (2 / (left / fan_out + left / fan_in)) ** 0.5
            ),
        }
        what = f"the standard deviation of layer {name}'s kept weights after {names}"
        mine = float(kept.std()) / deviation
        lines = {k: v / deviation for k, v in mistakes.items()}
        check.close(mine, 1.0, what + ", over the one that it should have,", lines, tol=tol)
        check.that(
            abs(float(kept.mean())) < DRAWS * deviation / n**0.5,
            f"The mean of layer {name}'s weights is {float(kept.mean()):.4f} after {names}; it "
            "should be near 0.",
        )
        tails = float((kept.abs() > 1.8 * deviation).double().mean())  # 7.2 % of a Gaussian
        check.that(
            tails > 0.05,
            f"The weights of layer {name} have no tails after {names}.\n  Likely mistake: a "
            "uniform draw; the paper's is Gaussian (normal).",
        )
    biases = torch.cat([value for name, value in state.items() if name not in ws])
    check.close(biases, torch.zeros_like(biases), f"the biases after {names}")
    check.close(
        vector(other),
        vector(model),
        f"another network after {names} with a generator of the same seed",
        {},
    )
    function(other, masks, seeded(12))
    check.that(
        not torch.equal(vector(other), vector(model)),
        f"{names} gives the same weights with every generator.\n  Likely mistake: a seed of your "
        "own; draw from the generator that is given.",
    )
    check.that(
        not torch.equal(generator.get_state(), seeded(11).get_state()),
        f"{names} doesn't draw from the generator, only from another of the same seed: hand it on, "
        "generator=generator.",
    )


def clustered(seed: int = 4) -> dict[str, Tensor]:
    """Masks of two layers that keep whole rows alone, of very different densities."""
    first, second = torch.zeros(40, 60, dtype=torch.bool), torch.zeros(30, 40, dtype=torch.bool)
    g = seeded(seed)
    first[torch.randperm(40, generator=g)[:4]] = True
    second[torch.randperm(30, generator=g)[:18]] = True
    return {"0.weight": first, "2.weight": second}


def random_masks(function: Callable, masks: Mapping[str, Tensor]) -> None:
    """Raise NotYet unless `function(masks, generator)` keeps as many in each layer, anywhere."""
    before = {name: mask.clone() for name, mask in masks.items()}
    g, what = seeded(21), "random_masks(masks, generator)"
    model = {name: mask.float() for name, mask in masks.items()}
    draws = [function(masks, generator) for generator in (g, g, seeded(21))]
    vectors = [flat(drawn, model, what) for drawn in draws]
    check.that(
        all(torch.equal(masks[name], mask) for name, mask in before.items()),
        f"{what} changes the masks that it is given: make new ones.",
    )
    sizes = [mask.numel() for mask in masks.values()]
    kept = [int(mask.sum()) for mask in masks.values()]
    total = sum(kept)
    mine = [int(part.sum()) for part in vectors[0].split(sizes)]
    if sum(mine) == total and mine != kept:
        raise check.NotYet(
            f"{what} keeps {mine} weights in the layers; it should be {kept}.\n  Likely mistake: "
            "the weights are drawn from all layers together; keep as many in each layer."
        )

    def near(counts: Sequence[float]) -> bool:
        return all(
            abs(m - k) < DRAWS * n**0.5 / 2 for m, k, n in zip(mine, counts, sizes, strict=True)
        )

    repeats = [n * (1 - (1 - 1 / n) ** k) for n, k in zip(sizes, kept, strict=True)]
    neither = [-1] * len(mine)
    mistakes = {
        "the marks are turned round: True is for the kept ones": [
            n - k for n, k in zip(sizes, kept, strict=True)
        ],
        "every weight is kept with the right chance, but their number is left to luck: keep "
        "exactly as many (torch.randperm)": mine if near(kept) else neither,
        "some places are drawn twice, so fewer are kept; torch.randperm draws each once": (
            mine if near(repeats) else neither
        ),
    }
    check.close(mine, kept, f"the numbers of weights that {what} keeps in the layers", mistakes)
    for name, part, mask in zip(masks, vectors[0].split(sizes), masks.values(), strict=True):
        drawn = part.view(mask.shape)
        check.that(
            not torch.equal(drawn, mask),
            f"{what} gives layer {name} the mask that it had: shuffle it.",
        )
        density, (rows, columns) = float(mask.float().mean()), mask.shape
        for axis, n, other in ((1, columns, "rows"), (0, rows, "columns")):
            share = drawn.float().mean(axis)
            error = (density * (1 - density) / n) ** 0.5
            worst = float((share - density).abs().max())
            check.that(
                worst < DRAWS * error,
                f"{what} keeps {100 * float(share.max()):.0f}% of some {other} of layer {name} and "
                f"{100 * float(share.min()):.0f}% of others.\n  Likely mistake: only whole {other} "
                "are shuffled, or only the weights within them; shuffle all places of the layer.",
            )
    check.that(
        torch.equal(vectors[0], vectors[2]),
        f"{what} gives other masks with a generator of the same seed.\n  Likely mistake: it draws "
        "from elsewhere; hand the generator on: generator=generator.",
    )
    check.that(
        not torch.equal(vectors[0], vectors[1]),
        f"{what} gives the same masks twice.\n  Likely mistake: a seed of your own; draw from the "
        "generator that is given.",
    )
