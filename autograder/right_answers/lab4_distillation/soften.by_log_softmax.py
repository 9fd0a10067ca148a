# different: the exponential of log_softmax, a method call
def soften(logits: torch.Tensor, T: float = 1.0) -> torch.Tensor:
    return logits.div(T).log_softmax(-1).exp()
