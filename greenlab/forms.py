"""The forms in which a pruned network can run: CSR, slim dense, int8.

A mask alone changes no form: a dense product multiplies the zeros too.
"""

from __future__ import annotations

import copy
import warnings
from collections.abc import Sequence

import numpy as np
import scipy.sparse
import torch
from torch import Tensor, nn

from greenlab.masks import Masks
from greenlab.zoo import count_parameters


class TorchCSR(nn.Module):
    """A linear layer whose weight is a torch CSR tensor: only its nonzero weights are stored."""

    def __init__(self, layer: nn.Linear) -> None:
        super().__init__()
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Sparse CSR tensor support is in beta")
            self.weight = layer.weight.detach().to_sparse_csr()
        self.bias = None if layer.bias is None else layer.bias.detach()

    def forward(self, x: Tensor) -> Tensor:
        y = (self.weight @ x.t()).t()
        return y if self.bias is None else y + self.bias


class ScipyCSR(nn.Module):
    """The same as a scipy CSR matrix; on the CPU only."""

    def __init__(self, layer: nn.Linear) -> None:
        super().__init__()
        self.weight = scipy.sparse.csr_matrix(layer.weight.detach().numpy())
        self.bias = 0 if layer.bias is None else layer.bias.detach().numpy()

    def forward(self, x: Tensor) -> Tensor:
        y = self.weight @ np.ascontiguousarray(x.numpy().T)
        return torch.from_numpy(y.T + self.bias)


def sparse(model: nn.Module, kind: type[nn.Module] = TorchCSR) -> nn.Module:
    """A copy of `model` with `kind` (TorchCSR, ScipyCSR) in place of each linear layer."""
    if isinstance(model, nn.Linear):
        return kind(model)
    model = copy.deepcopy(model)
    for name, layer in list(model.named_modules()):
        if isinstance(layer, nn.Linear):
            path, _, last = name.rpartition(".")
            setattr(model.get_submodule(path), last, kind(layer))
    return model


def int8(model: nn.Module) -> nn.Module:
    """A copy whose linear layers have int8 weights (PyTorch's dynamic quantization, CPU only).

    Raises NotImplementedError where this PyTorch has none.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # deprecated in favor of a package of its own
            wrapped = nn.Sequential(copy.deepcopy(model))  # a bare layer is not replaced
            return torch.ao.quantization.quantize_dynamic(wrapped, {nn.Linear}, torch.qint8)[0]
    except (AttributeError, RuntimeError) as error:
        raise NotImplementedError(f"this PyTorch has no int8 on this machine: {error}") from error


def slim(model: nn.Module, density: float, inputs: Sequence[int]) -> nn.Module:
    """A dense copy with about `density` of the parameters, its weakest neurons removed.

    A lone linear layer loses outputs; a network loses neurons and channels of small L2 norm by
    Torch-Pruning (Fang et al. 2023, "DepGraph"), the same share of each hidden layer. `inputs`: the
    shape of one input. Raises ValueError unless 0 < density ≤ 1, ImportError where Torch-Pruning
    is not installed.
    """
    if not 0 < density <= 1:
        raise ValueError(f"a slim network needs a density in (0, 1], got {density}")
    if isinstance(model, nn.Linear):
        thin = nn.Linear(model.in_features, max(1, round(density * model.out_features)))
        strongest = model.weight.detach().norm(dim=1).topk(thin.out_features).indices.sort().values
        thin.load_state_dict({k: v[strongest] for k, v in model.state_dict().items()}, strict=False)
        return thin
    low, high = 0.0, 1.0  # share of neurons removed: bisect to the parameters wanted
    wanted = density * count_parameters(model)
    for _ in range(10):
        share = (low + high) / 2
        if count_parameters(_without(model, share, inputs)) > wanted:
            low = share
        else:
            high = share
    return _without(model, high, inputs)


def _without(model: nn.Module, share: float, inputs: Sequence[int]) -> nn.Module:
    try:
        import torch_pruning
    except ImportError as error:
        raise ImportError(
            'slim networks need Torch-Pruning: pip install "torch-pruning>=1.6" (or this '
            "package's extra `slim`)"
        ) from error
    thin = copy.deepcopy(model)
    last = [m for m in thin.modules() if isinstance(m, nn.Linear)][-1]
    pruner = torch_pruning.pruner.MagnitudePruner(
        thin,
        torch.zeros(*inputs),
        importance=torch_pruning.importance.MagnitudeImportance(p=2),
        pruning_ratio=share,
        max_pruning_ratio=1.0,
        ignored_layers=[last],
    )
    pruner.step()
    return thin


def forms(model: nn.Module, masks: Masks, inputs: Sequence[int]) -> dict[str, nn.Module]:
    """The forms in which a pruned network can run, by name; "dense" is `model` as it is.

    All but "dense", "slim dense" and "int8" give the masked network's answers; int8 rounds them.
    Slim dense has as many parameters as masks keep (and is left out without Torch-Pruning, int8
    where PyTorch has none).
    """
    masked = masks.apply(copy.deepcopy(model)).eval()
    made = {
        "dense": copy.deepcopy(model).eval(),
        "masked dense": masked,
        "scipy CSR": sparse(masked, ScipyCSR),
        "torch CSR": sparse(masked, TorchCSR),
    }
    for name, make in (
        ("slim dense", lambda: slim(model, max(masks.density, 1e-9), inputs).eval()),
        ("int8", lambda: int8(masked)),
    ):
        try:
            made[name] = make()
        except (ImportError, NotImplementedError):
            continue
    return made
