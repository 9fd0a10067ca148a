# mistake: forgets the penalty
# says: the penalty is missing
def held_step(model, masks, optimizer, images, labels, l1=0.0, l2=0.0):
    loss = F.cross_entropy(model(images), labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    with torch.no_grad():
        for name, w in prune.weights(model).items():
            w *= masks[name]
