# mistake: penalizes the biases too
# says: the biases are penalized too
def held_step(model, masks, optimizer, images, labels, l1=0.0, l2=0.0):
    loss = F.cross_entropy(model(images), labels)
    loss = loss + penalty(model.parameters(), l1, l2)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    with torch.no_grad():
        for name, w in prune.weights(model).items():
            w *= masks[name]
