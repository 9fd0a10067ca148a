"""Gradients across the box: a tensor that comes back leads to the tensors that went in."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from autograder.engine.wire import WireError


class Across(torch.autograd.Function):
    """Forward: the value that the box sent. Backward: the box's vector-Jacobian product."""

    @staticmethod
    def forward(ctx, ask: Callable, token: int, value: Tensor, *inputs: Tensor) -> Tensor:
        ctx.ask, ctx.token, ctx.inputs = ask, token, inputs
        return value

    @staticmethod
    @once_differentiable
    def backward(ctx, gradient: Tensor) -> tuple:
        answers = ctx.ask("vjp", ctx.token, gradient)
        if not isinstance(answers, list) or len(answers) != len(ctx.inputs):
            raise WireError("gradients that do not fit the arguments")
        for answer, tensor in zip(answers, ctx.inputs, strict=True):
            if answer is not None and (type(answer) is not Tensor or answer.shape != tensor.shape):
                raise WireError("a gradient of another shape than its tensor")
        return None, None, None, *answers


def connect(ask: Callable, token: int, value: Tensor, inputs: list[Tensor]) -> Tensor:
    """`value` as a tensor of the judge's graph, computed from `inputs` by the student's code.

    Without inputs it only tells that it needs a gradient, which can't be had.
    """
    if not inputs:
        inputs = [torch.zeros((), requires_grad=True)]
    return Across.apply(ask, token, value, *inputs)
