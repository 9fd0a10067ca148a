# mistake: masks the gradients alone, which momentum does not mind
# says: only the gradients are masked
def held_step(model, masks, optimizer, images, labels, l1=0.0, l2=0.0):
    loss = F.cross_entropy(model(images), labels)
    loss = loss + penalty(prune.weights(model).values(), l1, l2)
    optimizer.zero_grad()
    loss.backward()
    for name, w in prune.weights(model).items():
        w.grad *= masks[name]
    optimizer.step()
