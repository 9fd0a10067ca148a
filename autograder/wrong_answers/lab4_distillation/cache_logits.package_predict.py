# mistake: hands the work to the package's predict
# says: uses greenlab.train.predict
def cache_logits(teacher, images, batch=1000):
    return train.predict(teacher, images, batch)
