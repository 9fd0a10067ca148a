"""Gradients across the box: a tensor that comes back leads to the tensors that went in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from autograder.engine.wire import WireError


class Across(torch.autograd.Function):
    """Forward: the value that the box sent. Backward: the box's vector-Jacobian product."""

    @staticmethod
    def forward(ctx: Any, ask: Callable, token: Token, value: Tensor, *inputs: Tensor) -> Tensor:
        ctx.ask, ctx.token, ctx.inputs = ask, token, inputs
        return value

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple:
        if torch.is_grad_enabled():  # create_graph=True
            raise RuntimeError("no second derivatives go through the student's code")
        answers = ctx.ask("vjp", ctx.token.number, gradient)
        if not isinstance(answers, list) or len(answers) != len(ctx.inputs):
            raise WireError("gradients that do not fit the arguments")
        for answer, tensor in zip(answers, ctx.inputs, strict=True):
            if answer is not None and (type(answer) is not Tensor or answer.shape != tensor.shape):
                raise WireError("a gradient of another shape than its tensor")
        return None, None, None, *answers


class Parentless(torch.autograd.Function):
    """A value that needs a gradient of the student's own parameters, which can't be had."""

    @staticmethod
    def forward(ctx: Any, value: Tensor, needs_grad: Tensor) -> Tensor:
        return value

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple:
        raise RuntimeError(
            "gradients of the student's own parameters stay with the student: call a function of "
            "theirs that makes the step, and compare the parameters"
        )


class Token:
    """The number of a graph in the box, which may forget it when this goes."""

    def __init__(self, number: int, dropped: list[int]) -> None:
        self.number, self.dropped = number, dropped

    def __del__(self) -> None:
        self.dropped.append(self.number)


def connect(ask: Callable, token: Token, value: Tensor, inputs: list[Tensor]) -> Tensor:
    """`value` as a tensor of the judge's graph, computed from `inputs` by the student's code."""
    if not inputs:
        return Parentless.apply(value, torch.zeros((), requires_grad=True))
    return Across.apply(ask, token, value, *inputs)
