# mistake: masks before the step
# says: after optimizer.step()
def held_step(model, masks, optimizer, images, labels, l1=0.0, l2=0.0):
    with torch.no_grad():
        for name, w in prune.weights(model).items():
            w *= masks[name]
    loss = F.cross_entropy(model(images), labels)
    loss = loss + penalty(prune.weights(model).values(), l1, l2)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
