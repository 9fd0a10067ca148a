# different: everything written out, with modules of torch.nn
from torch import nn


def distillation_loss(student_logits, teacher_logits, labels, T=4.0, alpha=0.9):
    hard = nn.CrossEntropyLoss()(student_logits, labels)
    soft = nn.CrossEntropyLoss()(student_logits / T, soften(teacher_logits, T))
    total = hard * (1.0 - alpha)
    total = total + soft * alpha * pow(T, 2)
    return total
