# different: through named_parameters, gradients masked too
def held_step(model, masks, optimizer, images, labels, l1=0.0, l2=0.0):
    model.train()
    loss = F.cross_entropy(model(images), labels) + penalty(prune.weights(model).values(), l1, l2)
    optimizer.zero_grad()
    loss.backward()
    for name, p in model.named_parameters():
        if name in masks:
            p.grad.mul_(masks[name])
    optimizer.step()
    with torch.no_grad():
        for name, p in model.named_parameters():
            if name in masks:
                p.copy_(p * masks[name])
