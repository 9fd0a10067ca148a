# %% [markdown]
# # Lab 5 · Learning both weights and connections
#
# **What you will do.** Most weights of a trained network can go, if the rest may adapt. You write the short functions of Han, Pool, Tran and Dally
# (2015): choose the weights that go, train the others while those stay away, do it again. Then you redraw the paper's figure of five lines from
# your own runs, count what is saved on paper, and measure what is saved when the network *runs*. These are two different things.
#
# **What you need.** The lecture, once. A laptop: no GPU and no network. A class of 100 minutes; short of time, do Exercise 7 and section 4
# at home: they stand alone.
#
# **How it works**
#
# | you see | it means |
# | --- | --- |
# | **Exercise** | a function to write; the cell below it checks your answer and says what is wrong |
# | **Checkpoint** | stuck? It loads our version; that exercise then gives no points, the next ones do |
# | **Predict** | write a guess before you run; it is not graded, and it makes the result stick |
# | **Experiment** | takes about a minute or less; run it and look |
# | **Answer** | a few sentences of yours, graded by hand |
#
# After a restart of the kernel, run from the top: *Run → Run All Above Selected Cell*.
#
# The paper: S. Han, J. Pool, J. Tran, W. Dally, *Learning both Weights and Connections for Efficient Neural Networks*, NIPS 2015,
# arXiv:1506.02626. The digits: 10,000 of MNIST's, 8,000 to train on and 2,000 to test. This is not MNIST's own test split: compare our errors with
# each other, not with published ones.

# %% given="setup"
try:
    import greenlab

    greenlab.setup
except (ModuleNotFoundError, AttributeError):
    raise ModuleNotFoundError(
        "The labs' package is not installed in this notebook's Python.\n"
        "  On your computer: close this, and start the labs with `python3 start.py` in their folder\n"
        "  (Windows: `py start.py`). On a JupyterHub: the same, in a terminal, then restart the kernel.\n"
        "  In Colab: upload green_ai_labs-….whl from the unzipped folder (folder icon, left), then run\n"
        "  %pip install --no-deps /content/green_ai_labs-*.whl   and run this cell again."
    ) from None

import copy

import torch
from torch.nn import functional as F

from greenlab import check, compression, data, deploy, prune, tradeoff, train, widgets, zoo
from greenlab import layerwise as package  # to check your answers against
from greenlab.check import holding, rounds, savings
from greenlab.check import pruning as slips
from greenlab.plots import neurons as figures
from greenlab.plots import pruning as studies
from greenlab.plots import savings as tables

lab = greenlab.setup(seed=0)

# %% [markdown]
# The line above says what was chosen for you. With a GPU the experiments run on all of MNIST if it can be downloaded, with more seeds. To choose
# yourself, run `lab = greenlab.setup(seed=0, scale="class")` or `scale="paper"` in a cell of your own.
#
# ## 1 · Which weights can go?
#
# The network is LeNet-300-100 of the paper: 784 pixels, hidden layers of 300 and 100 neurons, 10 classes. It has 266,200 **weights**, one for each
# connection between two neurons, and 410 **biases**, one for each neuron. We prune weights and keep all biases, as the paper does.
# `prune.weights(model)` gives the weights as a dict of tensors, one for each layer, such as `"0.weight"` of shape `(300, 784)`: a row for each neuron,
# a column for each of its inputs.

# %% given="network"
digits = data.for_lab(lab)
for name, w in prune.weights(zoo.lenet_300_100()).items():
    print(f"{name}: {w.shape[1]} inputs to each of {w.shape[0]} neurons, {w.numel():,} weights")

# %% [markdown] exercise="threshold_mask" minutes=5 difficulty=1
# ### Exercise 1 · A threshold
#
# A **mask** says for each weight of a layer whether it is kept (`True`) or pruned (`False`). The paper prunes all weights whose *magnitude* lies below a
# threshold, "a quality parameter multiplied by the standard deviation of a layer's weights":
#
# $$\text{keep } w \iff |w| \ge \text{quality} \cdot \sigma$$
#
# **Write** `threshold_mask(w, quality)`: the mask of a layer's weights `w`, a tensor of its shape with `True` and `False`. A weight exactly at the threshold is kept.
#
# <details><summary>Hint 1 · "Half of the large weights are gone"</summary>
#
# A weight of −3 is large, too. `w.abs()` gives the magnitudes.
# </details>
# <details><summary>Hint 2 · "Where do I get σ?"</summary>
#
# `w.std()`: of the weights themselves, with their signs. The quality multiplies it.
# </details>
# <details><summary>Hint 3 · "How do I make a mask?"</summary>
#
# A comparison of a tensor with a number is a mask: `w.abs() >= 0.1`.
# </details>


# %% solution="threshold_mask" without="greenlab.layerwise.threshold_mask"
def threshold_mask(w, quality):
    """True for the weights of magnitude quality times the standard deviation or more."""
    ### BEGIN SOLUTION
    return w.abs() >= quality * w.std()
    ### END SOLUTION


# %% tests="threshold_mask" points=2
check.own_work(threshold_mask, without="greenlab.layerwise.threshold_mask")
check.own_work(threshold_mask, without="greenlab.prune.by_deviation")
w = 0.5 + 2 * torch.randn(20, 30, generator=torch.Generator().manual_seed(1))
for quality in (0.6, 1.5):
    what = f"threshold_mask(w, quality={quality:g})"
    before, right = w.clone(), package.threshold_mask(w, quality)
    got = slips.as_mask(threshold_mask(w, quality), w, what)
    check.close(got, right, what, slips.threshold_mask(w, quality))
    check.that(torch.equal(w, before), "threshold_mask changes its weights: give a mask alone.")
w = torch.tensor([[0.0, -1.0, 0.5], [0.0, 2.0, -0.1]])
what = "threshold_mask(w, quality=0), where two weights are 0, exactly at the threshold,"
got = slips.as_mask(threshold_mask(w, 0.0), w, what)
check.close(got, torch.ones(2, 3), what, slips.threshold_mask(w, 0.0))
check.passed("Exercise 1")
### BEGIN HIDDEN TESTS
w = torch.randn(8, 4, 3, 3, generator=torch.Generator().manual_seed(2))
what = "threshold_mask of a convolution's weights"
got = slips.as_mask(threshold_mask(w, 1.1), w, what)
check.close(got, package.threshold_mask(w, 1.1), what, slips.threshold_mask(w, 1.1))
w = torch.tensor([[3.0, 0.0], [0.0, -0.5], [0.0, 0.0]])
what = "threshold_mask(w, quality=0), where four weights are exactly at the threshold,"
got = slips.as_mask(threshold_mask(w, 0.0), w, what)
check.close(got, torch.ones(3, 2), what, slips.threshold_mask(w, 0.0))
### END HIDDEN TESTS

# %% checkpoint="threshold_mask"
# Stuck on Exercise 1? Delete the "# " of the next line, run this cell and go on.
# from greenlab.layerwise import threshold_mask

# %% [markdown]
# **Experiment:** a network to prune, trained here in a few seconds. Then move the threshold: gray weights go. How far can you go before the error (right) takes off? The
# pruned network is *not* retrained here. (The spikes at 0 belong, in the first layer, mostly to pixels that hardly ever have ink, further in mostly to neurons that hardly ever
# fire: nothing holds such weights up against the penalty on large weights that we trained with.)

# %% explore="threshold_explorer"
network = zoo.lenet_300_100(lab.generator(1)).to(lab.device)
pairs, loss = (digits.train_x, digits.train_y), prune.penalized(network, l2=2e-4)
train.fit(network, pairs, loss, epochs=10, lr=2e-3, batch=200, generator=lab.generator(2))


def test_error(model):
    """Errors on the test digits, in percent."""
    return 100 * train.errors(model, digits.test_x, digits.test_y) / len(digits.test_x)


print(f"LeNet-300-100, nothing pruned: {test_error(network):.1f}% test errors")
widgets.threshold_explorer(network, threshold_mask, digits.test_x, digits.test_y)

# %% [markdown] exercise="keep_largest" minutes=8 difficulty=2
# ### Exercise 2 · Exactly so many
#
# To compare methods we need to say *how many* weights are left, to the weight. The **density** is the share that is kept.
#
# **Write** `keep_largest(w, density)`: the mask that keeps exactly `k = round(density * w.numel())` weights, those of largest magnitude. It must be `k` also when
# several weights are equally large (which of those you keep doesn't matter), when `k` is 0, and when `k` is all of them.
#
# <details><summary>Hint 1 · "I keep a few too many, or too few"</summary>
#
# Then several weights are as large as your threshold, and `>=` takes them all, `>` none. Don't compare: *sort*, and take the first `k`.
# </details>
# <details><summary>Hint 2 · "kthvalue fails"</summary>
#
# It counts from 1, so there is no 0th value when `k` is 0. `topk(0)` and a sort have no such trouble.
# </details>
# <details><summary>Hint 3 · "How do I get from places back to a mask?"</summary>
#
# `places = w.abs().flatten().topk(k).indices`; a flat mask of `torch.zeros(w.numel(), dtype=torch.bool)`, `True` at these places, and `.view(w.shape)` at the end. On a GPU
# the zeros must be where `w` is: `device=w.device`.
# </details>


# %% solution="keep_largest" without="greenlab.layerwise.keep_largest"
def keep_largest(w, density):
    """True for exactly round(density · n) weights, those of largest magnitude."""
    ### BEGIN SOLUTION
    k = round(density * w.numel())
    mask = torch.zeros(w.numel(), dtype=torch.bool, device=w.device)
    mask[w.abs().flatten().topk(k).indices] = True
    return mask.view(w.shape)
    ### END SOLUTION


# %% tests="keep_largest" points=3
for form in ("layerwise.keep_largest", "prune.by_magnitude", "prune.by_global_magnitude"):
    check.own_work(keep_largest, without=f"greenlab.{form}")
plain = torch.randn(6, 10, generator=torch.Generator().manual_seed(3))
ties = torch.tensor([[0.5, -0.5, 0.5, 0.1], [-0.5, 2.0, 0.5, -0.2]])
for w, densities, of in (
    (plain, (0.2, 0.5, 0.9), "60 weights"),
    (ties, (0.5, 0.0, 1.0), "8 weights, five of them equally large"),
):
    for density in densities:
        what = f"keep_largest(w, density={density:g}) of {of}"
        slips.keeps_largest(keep_largest, w, density, what)
check.passed("Exercise 2")
### BEGIN HIDDEN TESTS
w = torch.tensor([[3.0, 1.0, -1.0], [0.5, 1.0, -1.0], [0.0, 0.0, 0.0]])
for density in (0.0, 0.3, 0.4, 0.8, 1.0):
    what = f"keep_largest(w, density={density:g}) where many of nine weights are equally large"
    slips.keeps_largest(keep_largest, w, density, what)
w = torch.randn(5, 3, 2, 2, generator=torch.Generator().manual_seed(4))
slips.keeps_largest(keep_largest, w, 0.3, "keep_largest of a convolution's weights")
### END HIDDEN TESTS

# %% checkpoint="keep_largest"
# Stuck on Exercise 2? Delete the "# " of the next line, run this cell and go on.
# from greenlab.layerwise import keep_largest

# %% [markdown]
# Is every layer as easy to prune? The paper prunes one layer at a time and looks at the accuracy (its Figure 6). In AlexNet the first layer, which sees the
# image, was the most sensitive, and got the smallest threshold.
#
# ### Predict 1
#
# In LeNet-300-100, which of the three layers will bear the most pruning? The first has 235,200 weights, the last 1,000.
#
# *My prediction:*
#
# **Experiment:** run the next cell.

# %% explore="sensitivities"
STEPS = [1.0, 0.5, 0.3, 0.2, 0.1, 0.05, 0.02]
scan = {}
for name, w in prune.weights(network).items():
    scan[figures.layer(w)] = []
    for density in STEPS:
        pruned = copy.deepcopy(network)
        prune.Masks({name: keep_largest(w.detach(), density)}).apply(pruned)
        scan[figures.layer(w)].append(test_error(pruned))
figures.sensitivities(STEPS, scan, test_error(network))

# %% [markdown]
# From here on all layers are pruned to the same density, so that one number says how much is pruned. Which layer would you spare?

# %% [markdown] exercise="prune_further" minutes=5 difficulty=2
# ### Exercise 3 · Pruning what is left
#
# Pruning goes in rounds, and what one round has pruned stays pruned. If the first round keeps 50% and the second keeps 80% **of what is left**, 40% are left in the end.
#
# **Write** `prune_further(w, mask, share)`: the new mask, which keeps the largest `share` of those weights that `mask` keeps. Don't rely on the pruned weights being 0 in `w`.
#
# <details><summary>Hint 1 · "I still have 50%"</summary>
#
# The largest 80% of *all* weights contain the largest 50% of them. Choose among `w[mask]` only.
# </details>
# <details><summary>Hint 2 · "w[mask] is flat, and now my mask is flat"</summary>
#
# `new = mask.clone()`, then `new[mask] = …` puts a flat result back in its places.
# </details>
# <details><summary>Hint 3 · "Do I have to sort again?"</summary>
#
# No: `keep_largest(w[mask], share)` is the flat result.
# </details>


# %% solution="prune_further" without="greenlab.layerwise.prune_further"
def prune_further(w, mask, share):
    """Of the weights that the mask keeps, keep the largest share; the rest stays pruned."""
    ### BEGIN SOLUTION
    new = mask.clone()
    new[mask] = keep_largest(w[mask], share)
    return new
    ### END SOLUTION


# %% tests="prune_further" points=2
for form in ("layerwise.prune_further", "prune.by_magnitude"):
    check.own_work(prune_further, without=f"greenlab.{form}")
g = torch.Generator().manual_seed(5)
w = torch.randn(10, 10, generator=g)
for mask, share in (
    (torch.rand(10, 10, generator=g) < 0.6, 0.5),
    (package.keep_largest(w, 0.5), 0.8),
):
    before, what = (w.clone(), mask.clone()), f"prune_further(w, mask, {share:g})"
    what += f", the mask keeping {int(mask.sum())} of 100,"
    slips.prune_further(prune_further(w, mask, share), w, before[1], share, what)
    same = torch.equal(w, before[0]) and torch.equal(mask, before[1])
    check.that(same, "prune_further changes the weights or the old mask: work on mask.clone().")
check.passed("Exercise 3")
### BEGIN HIDDEN TESTS
mask = torch.rand(10, 10, generator=g) < 0.6
for share in (0.3, 0.9, 0.0, 1.0):
    what = f"prune_further(w, mask, {share:g}), the mask keeping {int(mask.sum())} of 100,"
    slips.prune_further(prune_further(w, mask, share), w, mask, share, what)
empty = torch.zeros(10, 10, dtype=torch.bool)
what = "prune_further(w, mask, 0.5), the mask keeping nothing,"
mistake = "w[mask] is empty; then nothing is left to keep"
got = slips.at_the_edge(prune_further, w, empty, 0.5, what=what, mistake=mistake)
slips.prune_further(got, w, empty, 0.5, what)
### END HIDDEN TESTS

# %% checkpoint="prune_further"
# Stuck on Exercise 3? Delete the "# " of the next line, run this cell and go on.
# from greenlab.layerwise import prune_further

# %% [markdown]
# ## 2 · Train what is left
#
# Which weights end up small depends on how the network was trained. A **penalty** on large weights pushes them down. L1 pushes every weight with the same force, whatever its size, until
# it is 0; L2 pushes a large weight harder than a small one, and so leaves many small ones.

# %% [markdown] exercise="penalty" minutes=4 difficulty=1
# ### Exercise 4 · L1 and L2
#
# $$P = \lambda_1 \sum_i |w_i| + \frac{\lambda_2}{2} \sum_i w_i^2$$
#
# over all weights of all layers. (With the ½ the derivative of the second part is simply $\lambda_2 w$, *weight decay*.)
#
# **Write** `penalty(ws, l1, l2)`, a single number. `ws` is a list of weight tensors, one for each layer, so loop over them.
#
# <details><summary>Hint 1 · "The layers have different shapes"</summary>
#
# Sum up within each layer first; the sums are plain numbers and add up.
# </details>
# <details><summary>Hint 2 · "My result is too small by a large factor"</summary>
#
# `.sum()`, not `.mean()`: the penalty is a sum over all weights.
# </details>
# <details><summary>Hint 3 · "What do I call?"</summary>
#
# `w.abs().sum()` and `w.square().sum()`. No `.item()` or `float(…)`: the penalty must stay a tensor, so that it has a gradient.
# </details>


# %% solution="penalty" without="greenlab.layerwise.penalty"
def penalty(ws, l1=0.0, l2=0.0):
    """l1 times the sum of magnitudes plus half of l2 times the sum of squares."""
    ### BEGIN SOLUTION
    total = 0.0
    for w in ws:
        total = total + l1 * w.abs().sum() + l2 / 2 * w.square().sum()
    return total
    ### END SOLUTION


# %% tests="penalty" points=2
for form in ("layerwise.penalty", "prune.penalized"):
    check.own_work(penalty, without=f"greenlab.{form}")
# By hand: 1 + 2 + 3 = 6 and 1 + 4 + 9 = 14.
ws = [torch.tensor([[1.0, -2.0]]), torch.tensor([[-3.0]])]
what = "penalty([[[1, -2]], [[-3]]], l1=0.1, l2=0.2)"
check.close(penalty(ws, 0.1, 0.2), 0.1 * 6 + 0.1 * 14, what, savings.penalty(ws, 0.1, 0.2))
what = "penalty([[[1, -2]], [[-3]]], l1=0.5)"
check.close(penalty(ws, l1=0.5), 3, what, savings.penalty(ws, 0.5, 0.0))
got = savings.gradient(penalty, ws, 0.1, 0.2)
check.close(got, [0.1 + 0.2, -0.1 - 0.4, -0.1 - 0.6], "the gradient of that penalty")
check.passed("Exercise 4")
### BEGIN HIDDEN TESTS
g = torch.Generator().manual_seed(6)
ws = [torch.randn(*shape, generator=g) for shape in ((4, 5), (3, 4), (2, 3, 2, 2))]
for l1, l2 in ((0.3, 0.7), (0.0, 2.0)):
    right = sum(l1 * float(w.abs().sum()) + l2 / 2 * float((w * w).sum()) for w in ws)
    what = f"penalty(three layers, l1={l1:g}, l2={l2:g})"
    check.close(penalty(ws, l1, l2), right, what, savings.penalty(ws, l1, l2))
### END HIDDEN TESTS

# %% checkpoint="penalty"
# Stuck on Exercise 4? Delete the "# " of the next line, run this cell and go on.
# from greenlab.layerwise import penalty

# %% [markdown] exercise="held_step" minutes=8 difficulty=3
# ### Exercise 5 · A step that holds the mask
#
# Now one step of training in which the pruned weights stay away. Setting them to 0 once, before training, is not enough. Not even a zero gradient is: an optimizer with **momentum**
# (Adam has it) goes on in the direction of earlier steps, and weight decay moves weights too. So let the optimizer do what it wants, and clean up **after** it.
#
# **Write** `held_step(model, masks, optimizer, images, labels, l1, l2)`:
#
# 1. the loss: cross-entropy of `model(images)` with the labels, plus your `penalty` of the list `list(prune.weights(model).values())`;
# 2. old gradients to zero, backward, one step of the optimizer;
# 3. every pruned weight back to exactly 0. `masks` is a dict with the same names as `prune.weights(model)`.
#
# The pruned weights are 0 when the step begins. The function changes the model; it need not return anything.
#
# <details><summary>Hint 1 · "Some pruned weights come back"</summary>
#
# Step 3 comes last, after `optimizer.step()`. And `w = w * mask` makes a new tensor that the model knows nothing of; `w *= mask` changes the weight itself.
# </details>
# <details><summary>Hint 2 · "a leaf Variable that requires grad is being used in an in-place operation"</summary>
#
# PyTorch keeps track of what happens to weights. Not here, please: `with torch.no_grad():`.
# </details>
# <details><summary>Hint 3 · "How do I go through weights and masks together?"</summary>
#
# `for name, w in prune.weights(model).items():` and `masks[name]`.
# </details>


# %% solution="held_step" without="greenlab.layerwise.held_step"
def held_step(model, masks, optimizer, images, labels, l1=0.0, l2=0.0):
    """One step of training; afterwards the pruned weights are 0 again."""
    ### BEGIN SOLUTION
    loss = F.cross_entropy(model(images), labels)
    loss = loss + penalty(list(prune.weights(model).values()), l1, l2)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    with torch.no_grad():
        for name, w in prune.weights(model).items():
            w *= masks[name]
    ### END SOLUTION


# %% tests="held_step" points=4
for form in (
    "layerwise.held_step",
    "layerwise.retrain",
    "prune.retrain",
    "check.holding._slipping_step",
):
    check.own_work(held_step, without=f"greenlab.{form}")
options = {"kind": "Adam", "steps": 3, "l1": 0.01, "l2": 0.05}
got, revived = holding.after_steps(held_step, **options)
right, _ = holding.after_steps(package.held_step, **options)
what = "the network after 3 of your steps with Adam, which has momentum,"
check.close(got, right, what, holding.held_step(**options))
check.that(revived == 0, f"After 3 steps {revived} pruned weights are not 0, if only just.")
check.passed("Exercise 5")
### BEGIN HIDDEN TESTS
for options in (
    {"kind": "SGD with momentum", "steps": 4, "l1": 0.0, "l2": 0.02},
    {"kind": "SGD with momentum", "steps": 2, "l1": 0.03, "l2": 0.0},
):
    got, revived = holding.after_steps(held_step, **options)
    right, _ = holding.after_steps(package.held_step, **options)
    what = "the network after a few of your steps with SGD and momentum"
    check.close(got, right, what, holding.held_step(**options))
    check.that(revived == 0, f"After {options['steps']} steps {revived} pruned weights are not 0.")
### END HIDDEN TESTS

# %% checkpoint="held_step"
# Stuck on Exercise 5? Delete the "# " of the next line, run this cell and go on.
# from greenlab.layerwise import held_step

# %% [markdown]
# **Experiment:** does it matter? We train for a while with Adam, prune to 10%, and go on with the same optimizer in three ways: the mask is used once; it is put on the gradients too; or your step holds it.

# %% explore="held"
model = zoo.lenet_300_100(lab.generator(3)).to(lab.device)
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
everything = dict(prune.Masks.full(model))
parts = list(train.batches(len(digits.train_x), 200, lab.generator(4)))
for rows in parts:
    held_step(model, everything, optimizer, digits.train_x[rows], digits.train_y[rows])
tenth = {name: keep_largest(w.detach(), 0.1) for name, w in prune.weights(model).items()}
prune.Masks(tenth).apply(model)


def alive(model):
    """How many of the pruned weights are not 0."""
    return sum(int((w[~tenth[k]] != 0).sum()) for k, w in prune.weights(model).items())


def gradient_step(model, masks, optimizer, images, labels):
    """A step with masked gradients: the weights themselves are not cleaned up."""
    optimizer.zero_grad()
    F.cross_entropy(model(images), labels).backward()
    for name, w in prune.weights(model).items():
        w.grad *= masks[name]
    optimizer.step()


counts = {}
for way, step, masks in (
    ("mask used once", held_step, everything),
    ("mask on the gradients", gradient_step, tenth),
    ("mask held after each step", held_step, tenth),
):
    trained, its_optimizer = copy.deepcopy((model, optimizer))
    counts[way] = [alive(trained)]
    for rows in parts[:30]:
        step(trained, masks, its_optimizer, digits.train_x[rows], digits.train_y[rows])
        counts[way].append(alive(trained))
figures.held(counts, sum(int((~mask).sum()) for mask in tenth.values()))

# %% [markdown]
# The loop around your step. It first sets the pruned weights to 0; then it trains the others **from the values they have**: the paper found that to be better than fresh ones. With
# `epochs=0` it prunes, and that is all.


# %% given="retrain"
def retrain(model, masks, images, labels, *, epochs, generator, lr=2e-3, batch=200, l1=0.0, l2=0.0):
    """Set the pruned weights to 0, then train the kept ones by held_step."""
    prune.Masks(masks).apply(model)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr, fused=True)
    for _ in range(epochs):
        for rows in train.batches(len(images), batch, generator):
            held_step(model, masks, optimizer, images[rows], labels[rows], l1, l2)


# %% [markdown] exercise="iterate" minutes=8 difficulty=3
# ### Exercise 6 · Prune, retrain, and again
#
# The paper's best line comes from patience: prune a little, retrain, prune a little more.
#
# **Write** the rounds of `iterate(model, shares, images, labels, measure, **options)`. `masks` begins with everything kept. For each `share`:
#
# 1. new masks for all layers, by `prune_further` from the **present** weights (`w.detach()` is the plain tensor) and the present masks;
# 2. `retrain(model, masks, images, labels, **options)`;
# 3. append `measure(model)`, a number, to `measured`.
#
# The model is changed in place. Returned are the last masks and the list of numbers.
#
# <details><summary>Hint 1 · "Where do the masks come from?"</summary>
#
# For one layer: `prune_further(w.detach(), masks[name], share)`. You want a dict with that for every `name, w` of `prune.weights(model).items()`.
# </details>
# <details><summary>Hint 2 · "My second round prunes the wrong weights"</summary>
#
# Retraining changes the weights: choose the second round's masks inside the loop, after the first round's retraining. And give `prune_further` the masks of the round before.
# </details>
# <details><summary>Hint 3 · "What does it look like?"</summary>
#
# `for share in shares:`, in it `masks = {name: … for name, w in …}`, then the two calls.
# </details>


# %% solution="iterate" without="greenlab.layerwise.iterate"
def iterate(model, shares, images, labels, measure, **options):
    """Prune to a share of what is left and retrain, round by round; masks and measurements."""
    masks = dict(prune.Masks.full(model))
    measured = []
    ### BEGIN SOLUTION
    for share in shares:
        masks = {
            name: prune_further(w.detach(), masks[name], share)
            for name, w in prune.weights(model).items()
        }
        retrain(model, masks, images, labels, **options)
        measured.append(measure(model))
    ### END SOLUTION
    return masks, measured


# %% tests="iterate" points=4
for form in (
    "layerwise.iterate",
    "layerwise.retrain",
    "prune.iterate",
    "check.rounds._slipping_rounds",
):
    check.own_work(iterate, without=f"greenlab.{form}")
rounds.pruned_alone(iterate, [0.5, 0.8])
options = {"epochs": 3, "lr": 0.02, "batch": 20, "l2": 0.01}
got, masks, measured = rounds.after_rounds(iterate, [0.5, 0.8], **options)
right, right_masks, right_measured = rounds.after_rounds(package.iterate, [0.5, 0.8], **options)
what = "the network after iterate(…, shares=[0.5, 0.8], epochs=3)"
check.close(got, right, what, rounds.iterate([0.5, 0.8], **options))
check.close(masks, right_masks, "the masks after it, all in one row,")
what = "what measure(model) gave in each round"
check.close(measured, right_measured, what, rounds.measured([0.5, 0.8], **options))
check.passed("Exercise 6")
### BEGIN HIDDEN TESTS
options = {"epochs": 2, "lr": 0.03, "batch": 20, "l1": 0.02}
got, masks, measured = rounds.after_rounds(iterate, [0.6, 0.7, 0.4], **options)
right, right_masks, right_measured = rounds.after_rounds(
    package.iterate, [0.6, 0.7, 0.4], **options
)
what = "the network after iterate(…) in three rounds"
check.close(got, right, what, rounds.iterate([0.6, 0.7, 0.4], **options))
check.close(masks, right_masks, "the masks after three rounds, all in one row,")
check.close(measured, right_measured, "what measure(model) gave in each of three rounds")
### END HIDDEN TESTS

# %% checkpoint="iterate"
# Stuck on Exercise 6? Delete the "# " of the next line, run this cell and go on.
# from greenlab.layerwise import iterate

# %% [markdown]
# ## 3 · The five lines
#
# The paper's trade-off figure (its Figure 5) asks how much can be pruned, in five ways: after training with L1 or L2; without retraining or with it; and with L2 in rounds, pruning and retraining in turn. Each
# network is trained with its penalty, and retrained with the same one.
#
# ### Predict 2
#
# L1 makes more weights nearly zero than L2. Which of the two will lose less when we prune *without* retraining? And with it? Where will the fifth line, the one in rounds, begin to lose?
#
# *My prediction:*
#
# **Experiment:** run the next four cells.

# %% given="recipe"
SEEDS = range(lab.choose(in_class=3, paper=5))
DENSITIES = [0.3, 0.2, 0.1, 0.05]  # for one cut
ROUNDS = [0.3, 0.2, 0.1, 0.07, 0.05]
SHARES = [b / a for a, b in zip([1, *ROUNDS], ROUNDS, strict=False)]  # of what is left
PENALTIES = {"L1": {"l1": 2e-4}, "L2": {"l2": 1e-3}}
TRAINING = {"epochs": 10, "lr": 2e-3, "batch": 200}
RETRAINING = {"epochs": 3, "lr": 2e-3, "batch": 200}

# %% explore="without_retraining"
dense, rows = {}, []


def count_errors(model):
    """How many test digits it gets wrong."""
    return train.errors(model, digits.test_x, digits.test_y)


def one_cut(line, seed, density, **options):
    """Prune a copy of a dense network to a density in one cut, retrain it, note its errors."""
    pruned = copy.deepcopy(dense[line[:2], seed])
    masks = {k: keep_largest(w.detach(), density) for k, w in prune.weights(pruned).items()}
    retrain(pruned, masks, *pairs, generator=lab.generator(300 + seed), **options)
    rows.append(tradeoff.Row(line, seed, density, count_errors(pruned)))


for kind, seed in train.progress([(k, s) for k in PENALTIES for s in SEEDS], "training, pruning"):
    model = zoo.lenet_300_100(lab.generator(100 + seed)).to(lab.device)
    options = TRAINING | PENALTIES[kind] | {"generator": lab.generator(200 + seed)}
    retrain(model, dict(prune.Masks.full(model)), *pairs, **options)
    dense[kind, seed] = model
    rows.append(tradeoff.Row(f"{kind} dense", seed, 1.0, count_errors(model)))
    for density in DENSITIES:
        one_cut(f"{kind} no retrain", seed, density, epochs=0)

# %% explore="with_retraining"
for kind, seed in train.progress(dense, "pruning, retraining"):
    for density in DENSITIES:
        one_cut(f"{kind} retrain", seed, density, **RETRAINING, **PENALTIES[kind])

# %% explore="in_rounds"
in_rounds = {}
for seed in train.progress(SEEDS, "pruning in rounds"):
    model = in_rounds[seed] = copy.deepcopy(dense["L2", seed])
    options = RETRAINING | PENALTIES["L2"] | {"generator": lab.generator(400 + seed)}
    masks, counts = iterate(model, SHARES, *pairs, count_errors, **options)
    for density, errors in zip(ROUNDS, counts, strict=True):
        rows.append(tradeoff.Row("L2 iterative", seed, density, errors))
figure = studies.tradeoff(rows, len(digits.test_x))


def errors_of(line, density):
    """The test errors of a line at a density, in percent, seed by seed."""
    found = [row.errors for row in rows if row.line == line and row.density == density]
    return [100 * errors / len(digits.test_x) for errors in found]


print("Test errors in %, means of the seeds, by the share of the weights that is pruned away:")
for line in (*tradeoff.DENSE.values(), *tradeoff.LINES):
    told = [(density, errors_of(line, density)) for density in (1.0, *ROUNDS)]
    means = [f"{100 * (1 - d):.0f}%: {sum(each) / len(each):.1f}" for d, each in told if each]
    print(f"  {line:<15}" + "   ".join(means))

# %% [markdown]
# Bars run from the luckiest to the unluckiest seed (the lines are drawn a little side by side); where they overlap, the seeds decide nothing. Is L1 better than L2 without retraining? The paper found it the other way round *with*
# retraining. Is that so in your run, and is the difference larger than luck?
#
# **Experiment:** a fair comparison. In its five rounds the fifth line was retrained five times, the networks with one cut once. How much of its lead comes from these additional passes over the digits alone? One cut to 5% gets as many,
# and so does the network that isn't pruned at all: a line above 0 does not mean that pruning makes a network better.

# %% explore="same_passes"
passes = RETRAINING | PENALTIES["L2"] | {"epochs": len(ROUNDS) * RETRAINING["epochs"]}
for seed in train.progress(SEEDS, "as many passes"):
    for density in (ROUNDS[-1], 1.0):
        one_cut("L2, as many passes", seed, density, **passes)
for what, line, density in (
    ("one cut to 5%, retrained once", "L2 retrain", ROUNDS[-1]),
    ("one cut to 5%, as many passes as the rounds", "L2, as many passes", ROUNDS[-1]),
    ("to 5% in rounds", "L2 iterative", ROUNDS[-1]),
    ("not pruned", "L2 dense", 1.0),
    ("not pruned, as many passes more", "L2, as many passes", 1.0),
):
    each = errors_of(line, density)
    mean = sum(each) / len(each)
    print(f"{what:<45}{mean:5.1f}% test errors ({min(each):.1f} to {max(each):.1f})")

# %% [markdown]
# The five lines with more care (six epochs of retraining, eleven densities) take a few minutes more. We recorded them; here, too, the rounds have more passes:

# %% explore="recorded"
figure = studies.tradeoff(tradeoff.recorded(), 2000)

# %% [markdown]
# To run it yourself: `greenlab study pruning` in a terminal; stopped, it goes on where it was.
#
# **Experiment:** what do the weights look like? In the paper's histograms pruning takes the middle of the distribution away; retraining leaves two humps and spreads them out. Is it so in yours? As the paper does with the LeNets, we
# retrain at a tenth of the learning rate here, so that no weight wanders far.

# %% explore="distributions"
SEED, NAME = 0, "0.weight"
before = prune.weights(dense["L2", SEED])[NAME].detach()
mask = keep_largest(before, 0.1)
retrained = copy.deepcopy(dense["L2", SEED])
tenth = {k: keep_largest(w.detach(), 0.1) for k, w in prune.weights(retrained).items()}
gently = RETRAINING | PENALTIES["L2"] | {"lr": TRAINING["lr"] / 10}
retrain(retrained, tenth, *pairs, generator=lab.generator(500), **gently)
figures.distributions(
    {
        "trained": (before, torch.ones_like(mask)),
        "pruned to 10%": (before, mask),
        "retrained": (prune.weights(retrained)[NAME].detach(), mask),
    },
    figures.layer(before),
)

# %% [markdown] exercise="which_line" minutes=6 difficulty=2
# ### Answer 1 · Which line, and why?
#
# In at most eight sentences, with numbers from your runs: why does L1 lose less than L2 when there is no retraining, and why does that advantage not last when there is? How much of the lead of rounds over one cut to the same density
# is left when both have as many passes, and why may rounds be better still, although the same number of weights is left? Which differences between the lines are larger than the spread over the seeds, and which are not?

# %% [markdown] answer="which_line" points=3
# ### BEGIN SOLUTION
# L1 pushes every weight towards 0 with the same force, so by the end of the training many are nearly 0 and their loss changes little: with 90% pruned and no retraining, L1 makes 26.9% errors on average and L2 45.4%. L2 hardly pushes small
# weights at all, so there are many that are small, but not so small that they don't matter together. With retraining the kept weights learn to do without the others, whatever the penalty was, and that advantage is gone: with 90% pruned L1 makes
# 6.4% errors (6.2% with nothing pruned) and L2 5.7% (5.4%), and the bars of the two lines overlap. What L1 does is then a burden: it goes on pushing down the weights that are left and needed. In rounds the network adapts
# after each cut, and the next cut chooses anew among weights that have learned to do without those that went; one cut to 5% also takes weights that would have become important. With 95% pruned the rounds give 4.8% errors, one cut 9.5%; but with as many passes as the rounds the one cut comes to 5.5%, so of the
# lead of 4.7 points only 0.7 are the rounds' own (4.6 to 5.0 against 5.1 to 5.8: the bars don't overlap, if only just). Nor is pruning what made them better than the dense network's 5.4%: not pruned, it makes 4.5% after as many passes more. Larger than the spread: with or without retraining, rounds against one cut at 95% (with equal passes just so), L1 against L2 without retraining at 90%. Not larger: L1 against L2 with retraining, each against its own dense network, and all differences of lines with retraining up to 80%.
#
# === BEGIN MARK SCHEME ===
# - 1 point: L1 pushes small weights to 0 whatever their size, so those that are cut were nearly 0 already and their loss costs little; with retraining the kept weights can make up for the loss
#   anyway, and then L1 is no help: it goes on pushing the kept, needed weights down.
# - 1 point: most of the rounds' lead comes from their additional passes (with numbers of the fair comparison); what is left may be because the network adapts between the cuts, so that which
#   weights are small is decided anew, while one large cut also takes weights that would have become important.
# - 1 point: compares differences of the lines with the whiskers, with numbers, and does not call a difference inside them a result (such as L1 against L2 with retraining).
# === END MARK SCHEME ===
# ### END SOLUTION

# %% [markdown] exercise="retraining_dropout" minutes=3 difficulty=1
# ### Exercise 7 · Less dropout
#
# AlexNet was trained with dropout: in each step a random half of a layer's inputs is set to 0, so that the network can't memorize. A pruned layer has fewer weights to memorize with, and wants less. The number of
# connections grows with the *square* of the number of neurons, and dropout works on neurons; so the paper takes a root (its Equation 2):
#
# $$D_r = D_o \sqrt{\frac{C_{ir}}{C_{io}}}$$
#
# $D_o$ is the rate of the original training, $C_{io}$ the layer's connections then, $C_{ir}$ those that are left. **Write** `retraining_dropout(rate, kept, connections)`.
#
# <details><summary>Hint 1 · "My rate went up"</summary>
#
# The fraction is what is left over what there was: at most 1.
# </details>
# <details><summary>Hint 2 · "Where is the root from?"</summary>
#
# `math.sqrt(…)`, or `… ** 0.5`. It goes over the fraction alone.
# </details>
# <details><summary>Hint 3 · "Kept, or pruned?"</summary>
#
# Kept. With everything kept, the rate stays as it was.
# </details>


# %% solution="retraining_dropout" without="greenlab.prune.retraining_dropout"
def retraining_dropout(rate, kept, connections):
    """Equation 2: the dropout rate for a layer that keeps so many of its connections."""
    ### BEGIN SOLUTION
    return rate * (kept / connections) ** 0.5
    ### END SOLUTION


# %% tests="retraining_dropout" points=1
check.own_work(retraining_dropout, without="greenlab.prune.retraining_dropout")
# By hand: 36% is left, and its root is 60%.
case, what = (0.4, 360, 1000), "retraining_dropout(0.4, kept=360, connections=1000)"
check.close(retraining_dropout(*case), 0.24, what, savings.retraining_dropout(*case))
check.passed("Exercise 7")
### BEGIN HIDDEN TESTS
for case, right in (((0.5, 9, 100), 0.15), ((0.3, 400, 400), 0.3), ((0.4, 0, 50), 0.0)):
    what = "retraining_dropout({}, kept={}, connections={})".format(*case)
    check.close(retraining_dropout(*case), right, what, savings.retraining_dropout(*case))
### END HIDDEN TESTS

# %% checkpoint="retraining_dropout"
# Stuck on Exercise 7? Delete the "# " of the next line, run this cell and go on.
# from greenlab.prune import retraining_dropout

# %% [markdown]
# AlexNet's first fully connected layer keeps 9% of its connections. Instead of 0.5, the rule wants:

# %% explore="alexnet_dropout"
print(f"dropout for 9% of the connections: {retraining_dropout(0.5, 9, 100):.2f}")

# %% [markdown]
# ## 4 · Neurons that nobody hears
#
# The lecture's picture shows a network before and after pruning: synapses go, and then whole neurons. A neuron whose inputs are all pruned always says the same; one whose outputs are all pruned talks to nobody.
# Both can go, with the connections that they still have. That can leave the next neuron without inputs or outputs. (What a
# neuron without inputs always says is lost with it; retraining makes up for that.)

# %% [markdown] exercise="remove_dead" minutes=8 difficulty=3
# ### Exercise 8 · Remove dead neurons
#
# `masks` is a list with one mask for each layer of a fully connected network, in order, each of shape `(neurons, inputs)`. So `masks[i][j]` is what hidden neuron `j` of layer `i` listens to, and `masks[i + 1][:, j]` is who listens to it.
#
# **Write** `remove_dead(masks)`: new masks without the connections of hidden neurons that have no inputs or no outputs. Repeat until none is left that has connections on one side alone. The network's own inputs (pixels) and outputs (classes)
# always stay. Leave the caller's masks as they were.
#
# <details><summary>Hint 1 · "Which neurons have no inputs?"</summary>
#
# `~masks[i].any(dim=1)`: rows in which nothing is `True`. No outputs: `~masks[i + 1].any(dim=0)`, columns.
# </details>
# <details><summary>Hint 2 · "How do I remove neuron j?"</summary>
#
# Its row and its column to `False`: `masks[i][dead] = False` and `masks[i + 1][:, dead] = False`, with `dead` true where either is missing (`|`). On clones: `masks = [mask.clone() for mask in masks]` first.
# </details>
# <details><summary>Hint 3 · "How often do I repeat?"</summary>
#
# As often as there are layers is enough: in each pass the trouble moves on by at least one layer. Or until the sum of all masks no longer changes.
# </details>


# %% solution="remove_dead" without="greenlab.layerwise.remove_dead"
def remove_dead(masks):
    """Masks without the connections of hidden neurons that have no inputs or no outputs."""
    ### BEGIN SOLUTION
    masks = [mask.clone() for mask in masks]
    for _ in masks:
        for i in range(len(masks) - 1):
            before, after = masks[i], masks[i + 1]
            dead = ~before.any(dim=1) | ~after.any(dim=0)
            before[dead] = False
            after[:, dead] = False
    return masks
    ### END SOLUTION


# %% tests="remove_dead" points=3
for form in ("layerwise.remove_dead", "neurons.remove_dead"):
    check.own_work(remove_dead, without=f"greenlab.{form}")
# Two pixels, two layers of three neurons, one class. The third neuron of the first layer hears
# nothing, so its only listener hears nothing; the second one is heard by a neuron that nobody hears.
masks = [
    torch.tensor([[True, True], [False, True], [False, False]]),
    torch.eye(3).bool(),
    torch.tensor([[True, False, True]]),
]
slips.removes_dead(remove_dead, masks, "remove_dead(masks) of a 2-3-3-1 network")
# A deep network, in which what is dead spreads through all layers, forward and backward.
slips.removes_dead(remove_dead, slips.ladder(7), "remove_dead(masks) of a network of seven layers")
check.passed("Exercise 8")
### BEGIN HIDDEN TESTS
for seed in range(3):
    masks = slips.chain((9, 8, 7, 6, 5), 0.16, seed)
    slips.removes_dead(remove_dead, masks, "remove_dead(masks) of a 9-8-7-6-5 network")
slips.removes_dead(remove_dead, slips.ladder(4), "remove_dead(masks) of a network of four layers")
### END HIDDEN TESTS

# %% checkpoint="remove_dead"
# Stuck on Exercise 8? Delete the "# " of the next line, run this cell and go on.
# from greenlab.layerwise import remove_dead

# %% [markdown]
# A network small enough to draw, 784-30-20-10, trained with L1 and pruned in rounds by your functions: before, after, and without its dead neurons.
#
# ### Predict 3
#
# When about 14% of the connections are left in each layer, how many of the 50 hidden neurons will be dead?
#
# *My prediction:*
#
# **Experiment:** run the next cell.

# %% explore="synapses"
little = zoo.mlp(784, 30, 20, 10, generator=lab.generator(5)).to(lab.device)
options = {"epochs": 8, "lr": 4e-3, "l1": 2e-4, "generator": lab.generator(6)}
retrain(little, dict(prune.Masks.full(little)), *pairs, **options)
errors = [test_error(little)]
options |= {"epochs": 3, "generator": lab.generator(7)}
masks, later = iterate(little, [0.4, 0.7, 0.7, 0.7], *pairs, test_error, **options)
chain = [mask.cpu() for mask in masks.values()]
figures.synapses(
    {
        "before pruning": [torch.ones_like(mask) for mask in chain],
        "after pruning": chain,
        "dead neurons removed": remove_dead(chain),
    }
)
print("Test errors before, and after each round: " + ", ".join(f"{e:.1f}%" for e in errors + later))
cleaned = {name: mask.to(lab.device) for name, mask in zip(masks, remove_dead(chain), strict=True)}
prune.Masks(cleaned).apply(little)
print(f"Without the dead neurons, not retrained: {test_error(little):.1f}%")

# %% [markdown]
# **Experiment:** the same in the large: LeNet-300-100 from the fifth line, with 5% of its weights, and where its first layer still looks (the paper's Figure 4). Nobody told the network where the digits are.

# %% explore="pixels"
large = [prune.weights(in_rounds[0])[name].detach() != 0 for name in prune.weights(in_rounds[0])]
cleaned = remove_dead(large)
for mask, clean in zip(large[:-1], cleaned[:-1], strict=True):
    print(f"hidden layer of {len(mask)}: {len(mask) - int(clean.any(1).sum())} neurons are dead")
figures.pixels(large[0], digits.train_x)

# %% [markdown]
# ## 5 · Saved on paper
#
# AlexNet and VGG-16 take days to train, but to *count* them we need only their layers and the densities that the paper's tables 2 to 5 print, layer by layer:

# %% given="paper"
VGG_CONVOLUTIONS = [0.58, 0.22, 0.34, 0.36, 0.53, 0.24, 0.42, 0.32, 0.27, 0.34, 0.35, 0.29, 0.36]
DENSITIES_PRINTED = {
    "LeNet-300-100": [0.08, 0.09, 0.26],
    "LeNet-5": [0.66, 0.12, 0.08, 0.19],
    "AlexNet": [0.84, 0.38, 0.35, 0.37, 0.37, 0.09, 0.09, 0.25],
    "VGG-16": [*VGG_CONVOLUTIONS, 0.04, 0.04, 0.23],
}
PRINTED = {
    "LeNet-300-100": "22K, 12×, 8%",
    "LeNet-5": "36K, 12×, 16%",
    "AlexNet": "6.7M, 9×, 30%",
    "VGG-16": "10.3M, 13×, 21%",
}  # parameters left, times fewer, FLOPs left
NETWORKS = {
    "LeNet-300-100": (zoo.lenet_300_100(), (1, 784)),
    "LeNet-5": (zoo.lenet5(), (1, 784)),
    "AlexNet": (zoo.alexnet(), (1, 3, 224, 224)),
    "VGG-16": (zoo.vgg16(), (1, 3, 224, 224)),
}

# %% [markdown] exercise="times_fewer" minutes=5 difficulty=1
# ### Exercise 9 · How many times fewer?
#
# **Write** `times_fewer(sizes, biases, densities)`: three lists, with a number for each layer: its weights, its biases, and the share of its *weights* that is kept. How many times fewer **parameters** (weights and biases
# together) has the pruned network? All biases are kept.
#
# <details><summary>Hint 1 · "What is left of a layer?"</summary>
#
# `size * density` weights, and all its biases.
# </details>
# <details><summary>Hint 2 · "May I take the mean of the densities?"</summary>
#
# No: AlexNet's largest layer has a thousand times the weights of its smallest. Add up what is left.
# </details>
# <details><summary>Hint 3 · "What does it look like?"</summary>
#
# `kept = sum(size * density for size, density in zip(sizes, densities))`, then all parameters, divided by `kept` plus the biases.
# </details>


# %% solution="times_fewer" without="greenlab.layerwise.times_fewer"
def times_fewer(sizes, biases, densities):
    """All parameters over those that are left; the biases are all kept."""
    ### BEGIN SOLUTION
    kept = sum(size * density for size, density in zip(sizes, densities, strict=True))
    return (sum(sizes) + sum(biases)) / (kept + sum(biases))
    ### END SOLUTION


# %% tests="times_fewer" points=2
check.own_work(times_fewer, without="greenlab.layerwise.times_fewer")
# By hand: (1,000 + 200 + 30) parameters; 100 + 100 weights and 30 biases are left: 1,230 / 230.
case, what = ([1000, 200], [20, 10], [0.1, 0.5]), "times_fewer([1000, 200], [20, 10], [0.1, 0.5])"
check.close(times_fewer(*case), 1230 / 230, what, savings.times_fewer(*case))
check.passed("Exercise 9")
### BEGIN HIDDEN TESTS
case = [235_200, 30_000, 1_000], [300, 100, 10], [0.08, 0.09, 0.26]
what = "times_fewer of LeNet-300-100"
check.close(times_fewer(*case), 266_610 / 22_186, what, savings.times_fewer(*case))
case = [50, 70], [5, 7], [1.0, 1.0]
what = "times_fewer of a network that keeps all"
check.close(times_fewer(*case), 1, what, savings.times_fewer(*case))
### END HIDDEN TESTS

# %% checkpoint="times_fewer"
# Stuck on Exercise 9? Delete the "# " of the next line, run this cell and go on.
# from greenlab.layerwise import times_fewer

# %% [markdown] exercise="csr_bytes" minutes=5 difficulty=2
# ### Exercise 10 · The price of a zero left out
#
# A weight takes 4 bytes (float32). Whoever leaves out the zeros must write down *where* the others are. The usual form for that, **CSR** (compressed sparse rows), stores for each kept weight its value and the number of its column, and for
# each row the place where it begins; one more says where the last row ends. Columns and places take 4 bytes each.
#
# **Write** `csr_bytes(mask)`: how many bytes the layer takes in this form. `mask` has the shape `(rows, columns)`.
#
# <details><summary>Hint 1 · "How many numbers are stored?"</summary>
#
# Two for each kept weight, and `rows + 1` places.
# </details>
# <details><summary>Hint 2 · "How many are kept?"</summary>
#
# `int(mask.sum())`. And `len(mask)` rows.
# </details>
# <details><summary>Hint 3 · "My result is a quarter"</summary>
#
# You count numbers; each takes 4 bytes.
# </details>


# %% solution="csr_bytes" without="greenlab.layerwise.csr_bytes"
def csr_bytes(mask):
    """Bytes of a layer's kept weights in CSR form, float32 and int32."""
    ### BEGIN SOLUTION
    numbers = 2 * int(mask.sum()) + len(mask) + 1
    return 4 * numbers
    ### END SOLUTION


# %% tests="csr_bytes" points=2
check.own_work(csr_bytes, without="greenlab.layerwise.csr_bytes")
# By hand: 5 values, 5 columns, and 4 places for 3 rows, 4 bytes each.
mask, what = (
    torch.tensor([[1, 0, 1, 0, 0, 0], [0, 0, 1, 1, 0, 0], [0, 0, 0, 0, 0, 1]]).bool(),
    "csr_bytes(mask)",
)
check.close(
    csr_bytes(mask), 56, what + " of 5 kept weights in 3 rows of 6", savings.csr_bytes(mask)
)
check.passed("Exercise 10")
### BEGIN HIDDEN TESTS
mask = torch.rand(30, 50, generator=torch.Generator().manual_seed(7)) < 0.1
right = 8 * int(mask.sum()) + 4 * 31
check.close(csr_bytes(mask), right, what + " of a layer of 30 rows", savings.csr_bytes(mask))
check.close(csr_bytes(mask & False), 124, what + " of nothing in 30 rows")
### END HIDDEN TESTS

# %% checkpoint="csr_bytes"
# Stuck on Exercise 10? Delete the "# " of the next line, run this cell and go on.
# from greenlab.layerwise import csr_bytes

# %% [markdown]
# **Experiment:** the table, yours against the paper's, and what it means in megabytes. "4-bit" is a form of the same group (Han and others 2016): instead of a column number it stores how many zeros lie between two kept weights, in half a byte; a gap of more than 15 costs a stored zero. "FLOPs left" is what would be left if every
# product with a pruned weight were skipped. The first four networks are counted by the printed densities, nothing is trained. The shipped LeNets were pruned beforehand by these densities; `print(zoo.card("lenet5_12x"))` tells how, and how many errors the dense network made.

# %% explore="table"
lines = []
for name, (model, inputs) in NETWORKS.items():
    counted = compression.from_densities(model, DENSITIES_PRINTED[name], inputs)
    lines.append((name, counted, PRINTED[name], None))
for name, model in (
    ("LeNet-300-100, shipped", zoo.load("lenet_300_100_12x")),
    ("LeNet-5, shipped", zoo.load("lenet5_12x")),
    ("LeNet-300-100, yours", copy.deepcopy(in_rounds[0]).cpu()),
):
    masks = prune.Masks({k: w.detach() != 0 for k, w in prune.weights(model).items()})
    error = 100 * train.errors(model, digits.test_x.cpu(), digits.test_y.cpu()) / len(digits.test_x)
    lines.append((name, compression.table(model, masks, (1, 784)), None, error))
tables.compression_table(lines, times_fewer)
share = [k / 20 for k in range(1, 21)]
layer = torch.rand(300, 784, generator=lab.generator(7))
smaller = [d for d in share if csr_bytes(keep_largest(layer, d)) < 4 * layer.numel()]
most = f"up to a density of {max(smaller):g} (tried in steps of {share[0]:g})"
print(f"CSR takes fewer bytes than dense for a 784 → 300 layer {most}.")

# %% [markdown]
# Your count and the paper's differ a little. The printed percentages are rounded: of VGG-16's two largest layers, 4% in the table, the text says *less than* 4%. The paper's share of FLOPs is lower because it also skips
# products with inputs that are 0, as many are after a ReLU. And our AlexNet is the single-tower one of 2014, whose convolutions are not quite the paper's.

# %% [markdown]
# ## 6 · Saved when it runs
#
# A pruned network may have 12 times fewer parameters. Is it 12 times faster? A mask alone makes no product cheaper: 0 · x takes as long as any other. To gain anything the network must *run* in another form:
#
# - **masked dense**: the zeros are multiplied, too;
# - **CSR**: only the kept weights are stored and multiplied, in scattered order (by two libraries, scipy and torch);
# - **slim dense**: a smaller dense layer of as many parameters, whole neurons gone;
# - **int8**: all weights, in a quarter of the bytes.
#
# ### Predict 4
#
# At which sparsity (the share that is pruned) will CSR become faster than dense, for one image at a time, and for 256 at once?
#
# *My prediction:*
#
# **Experiment:** run the next cell.

# %% explore="break_even"
SPARSITIES = [0.5, 0.8, 0.9, 0.95, 0.98]
timings = []
for batch in (1, 256):
    timings += deploy.sweep(784, 300, SPARSITIES, batch, lab.generator(8), seconds=0.06, rounds=5)
figure = studies.runtime(timings, "784 → 300,")
tables.energy_table(timings, 0.95)

# %% [markdown] exercise="greener" minutes=7 difficulty=2
# ### Answer 2 · Is it greener?
#
# Your network keeps its accuracy with a tenth of its weights or fewer. In at most ten sentences, with numbers from your figures and tables: what is saved in parameters and bytes, and what in time and joules when it runs, in which form, at which sparsity, for one image and for many?
# What did pruning cost before anything was saved (count the passes over the data)? When would you call pruning green, when not, and what would you do or report instead?

# %% [markdown] answer="greener" points=4
# ### BEGIN SOLUTION
# With 5% of the weights my LeNet-300-100 made 4.6% test errors (dense, on average of three seeds: 5.4%), with 19.4 times fewer parameters. In CSR its weights take 0.108 MB instead of 1.06, about 10 times less and not 19, because each weight's column must be stored, too.
# When it runs, the mask alone saved nothing (63 µs, as dense, for one image). On my machine CSR (scipy) was faster than dense from about 88% pruned on for one image, and from 82% for 256; at 95% it took 36 µs instead of 63 and 1.3 ms instead of 3.5, and the estimated joules
# fell in the same proportion (they are estimated from CPU seconds, so they are no evidence of their own). So 19 times fewer parameters became less than 3 times less time. A slim dense layer of as many parameters took 16 µs, about four times faster than dense, but it has lost whole neurons, and how accurate a network of such layers is
# was not measured here. Before anything is saved, there are 10 passes of training and 15 of retraining in five rounds, so pruning cost 1.5 times the training on top of it, and the search over densities and penalties comes on top of that; it must be paid back by very many answers, or by a network that now fits on a small device and needs no large one.
# I'd call it green where the form that runs was measured to use less (many answers, more than 90% pruned, sparse or slim form, or memory that is saved), and not where a masked dense network runs, or 50 to 80% are pruned in CSR. I'd report the form, the machine, time and joules with their method, the errors with their spread, and the cost of pruning. For this network
# a smaller dense one from the start should be compared, too.
#
# === BEGIN MARK SCHEME ===
# - 1 point: parameters and bytes, from the table, told apart: bytes shrink less than parameters, because places must be stored.
# - 1 point: time or joules from the break-even figure: a mask alone saves nothing; CSR pays from some sparsity on only, and that differs between one image and many; slim dense pays early, but needs retraining to be as accurate (it isn't measured here).
# - 1 point: the price of pruning: training, then the retraining passes (and the tries of densities), paid back only by many answers, or by fitting into a smaller memory or device.
# - 1 point: a judgment that follows from the numbers, and what to report: the form it runs in, the machine, measured joules or an honest estimate, the spread.
# === END MARK SCHEME ===
# ### END SOLUTION

# %% [markdown]
# ## What this lab cost
#
# Green AI begins with saying what a result cost. Here is yours.

# %% explore="cost"
print(lab.cost())

# %% [markdown]
# **Before you submit:** *Kernel → Restart Kernel and Run All Cells*, check that each exercise prints its ✓ or that you used its checkpoint, and that both answers are written. Then save.
