# different: fills a tensor slice by slice, then puts the teacher's mode back
@torch.no_grad()
def cache_logits(teacher, images, batch=1000):
    mode = teacher.training
    teacher.train(False)
    out = None
    for start in range(0, len(images), batch):
        logits = teacher(images[start : start + batch])
        if out is None:
            out = torch.empty(len(images), logits.shape[1])
        out[start : start + batch] = logits
    teacher.train(mode)
    return out
