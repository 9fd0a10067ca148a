# mistake: changes weights that PyTorch keeps track of
# says: torch.no_grad()
def held_step(model, masks, optimizer, images, labels, l1=0.0, l2=0.0):
    loss = F.cross_entropy(model(images), labels)
    loss = loss + penalty(prune.weights(model).values(), l1, l2)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    for name, w in prune.weights(model).items():
        w *= masks[name]
