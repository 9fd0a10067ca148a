# different: inference mode, a while loop
def cache_logits(teacher, images, batch=1000):
    rest, logits = images, []
    teacher = teacher.eval()
    with torch.inference_mode():
        while len(rest) > 0:
            logits.append(teacher(rest[:batch]))
            rest = rest[batch:]
        return torch.vstack(logits)
