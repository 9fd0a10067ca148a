# different: the squared length of each row
def match_logits(student_logits: torch.Tensor, teacher_logits: torch.Tensor) -> torch.Tensor:
    lengths = torch.linalg.vector_norm(student_logits - teacher_logits.detach(), dim=1)
    return (lengths**2 / 2).mean()
