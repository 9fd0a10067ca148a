# mistake: compares numpy arrays, through which no gradient flows
# says: no gradient reaches the student's logits
def match_logits(student_logits, teacher_logits):
    difference = student_logits.detach().numpy() - teacher_logits.detach().numpy()
    return torch.tensor(0.5 * (difference**2).sum(axis=1).mean(), requires_grad=True)
