# %% [markdown]
# # Lab 6 · The lottery ticket hypothesis
#
# **What you will do.** A trained network can lose most of its weights. Could we have trained the small one from the start? Experience said no: what pruning leaves is hard to train
# anew. Frankle and Carbin (2018) found that it trains well, *if* it starts from the very weights that the large one had given it. You write the short
# functions of their experiment, run it with both of its controls, and see which of three networks of the same size wins.
#
# **What you need.** The lecture, once. A laptop: no GPU and no network. About 95 minutes.
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
# The paper: J. Frankle, M. Carbin, *The Lottery Ticket Hypothesis: Finding Sparse, Trainable Neural Networks*, arXiv:1803.03635 (ICLR 2019). The digits: 10,000 of MNIST's.
# This is not MNIST's own test split: compare our accuracies with each other, not with published ones.

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

from greenlab import check, data, lottery, prune, tickets, train, zoo
from greenlab import winning as package  # to check your answers against
from greenlab.check import controls, finding
from greenlab.check import lottery as slips
from greenlab.plots import lottery as figures
from greenlab.winning import learn

lab = greenlab.setup(seed=0)

# %% [markdown]
# The line above says what was chosen for you. With a GPU the experiments run on all of MNIST if it can be downloaded, and for as many iterations as the paper's. To choose
# yourself, run `lab = greenlab.setup(seed=0, scale="class")` or `scale="paper"` in a cell of your own.
#
# ## 1 · A lottery
#
# The hypothesis of the paper: a randomly initialized, dense network contains a subnetwork that is initialized such that, when trained in isolation, it can match the test accuracy of the original
# network after training for at most the same number of iterations. Such a subnetwork is a **winning ticket**. How to find one:
#
# 1. Draw the first weights $\theta_0$ of a network. Keep a copy.
# 2. Train it for $j$ iterations; its weights are now $\theta_j$.
# 3. Prune those of least magnitude. The **mask** $m$ is 1 where a weight is left and 0 where it is pruned.
# 4. Give the weights that are left their first values back, and set the others to 0. The ticket is $m \odot \theta_0$, the product of each entry with its own.
#
# The network is the paper's LeNet-300-100: 784 pixels, hidden layers of 300 and 100 neurons, 10 classes; 266,200 **weights** in three layers. Only weights are pruned, no biases.
# `prune.weights(model)` gives the weights as a dict of tensors in the order of the layers, and a network's masks are a dict of the same names, `True` for a weight that is kept.
#
# An *iteration* is one step of the optimizer on one batch of 60 digits.

# %% given="digits"
held_out = lottery.hold_out(data.for_lab(lab), lab.choose(in_class=2000, paper=5000))
FEW = lab.choose(in_class=3500, paper=None)  # few digits: networks stop early in class time
digits = held_out._replace(train=tuple(part[:FEW] for part in held_out.train))
for name, (images, _) in digits._asdict().items():
    print(f"{len(images):,} digits for {name}")
for name, w in prune.weights(zoo.lenet_300_100()).items():
    print(f"{name}: {w.shape[1]} inputs to each of {w.shape[0]} neurons, {w.numel():,} weights")

# %% [markdown] exercise="prune_layer" minutes=8 difficulty=2
# ### Exercise 1 · The smallest go
#
# **Write** `prune_layer(w, mask, rate)`: the new mask of one layer, of the same shape as `w`, whatever that is. Of the `n` weights that `mask` keeps now, the share `rate` goes, those of the smallest magnitude: exactly `round((1 - rate) * n)` stay.
# Weights that were pruned before stay pruned, and take no part, whatever values they have in `w`. When several weights are equally large, the number must still be exact (which of them go doesn't matter).
# Leave `w` and `mask` as they were.
#
# <details><summary>Hint 1 · "How do I keep old weights out of it?"</summary>
#
# Choose among `w[mask]` only: a flat tensor of the weights that are left. Or give all others a magnitude below every real one, such as −1.
# </details>
# <details><summary>Hint 2 · "I prune a few too many, or too few"</summary>
#
# A comparison with a threshold takes all equally large weights or none. Sorting knows places: `values.argsort()` gives those of the smallest first, and `.topk(k).indices` those of the `k` largest.
# </details>
# <details><summary>Hint 3 · "How do I get back from a flat result?"</summary>
#
# `new = mask.clone()`, then `new[mask] = …` writes a flat bool tensor, one entry for each weight that was left, back in its places.
# </details>


# %% solution="prune_layer" without="greenlab.winning.prune_layer"
def prune_layer(w, mask, rate):
    """Of the weights that the mask keeps, prune a share: those of least magnitude."""
    ### BEGIN SOLUTION
    left = w[mask].abs()
    keep = torch.zeros(len(left), dtype=torch.bool)
    keep[left.topk(round((1 - rate) * len(left))).indices] = True
    new = mask.clone()
    new[mask] = keep
    return new
    ### END SOLUTION


# %% tests="prune_layer" points=3
for form in ("winning.prune_layer", "layerwise.prune_further", "prune.by_magnitude"):
    check.own_work(prune_layer, without=f"greenlab.{form}")
g = torch.Generator().manual_seed(1)
w, mask = torch.randn(10, 12, generator=g), torch.rand(10, 12, generator=g) < 0.6
for rate in (0.2, 0.5, 0.7):
    slips.layer(prune_layer, w, mask, rate)
equal = torch.tensor([[0.5, -0.5, 0.5, 0.1], [-0.5, 2.0, 0.5, -0.5]])
slips.layer(prune_layer, equal, torch.ones(2, 4, dtype=torch.bool), 0.5)
conv = torch.randn(4, 3, 5, 5, generator=g)
slips.layer(prune_layer, conv, torch.rand(4, 3, 5, 5, generator=g) < 0.5, 0.3)
w[:, 6:] = 0  # both of weights that the mask keeps and of pruned ones
for rate in (0.0, 1.0):
    slips.layer(prune_layer, w, mask, rate)
check.passed("Exercise 1")
### BEGIN HIDDEN TESTS
w, mask = torch.randn(30, 20, generator=g), torch.rand(30, 20, generator=g) < 0.3
for rate in (0.1, 0.93):
    slips.layer(prune_layer, w, mask, rate)
w = torch.randn(6, 4, 3, 3, generator=g)
slips.layer(prune_layer, w, torch.rand(6, 4, 3, 3, generator=g) < 0.5, 0.4)
### END HIDDEN TESTS

# %% checkpoint="prune_layer"
# Stuck on Exercise 1? Delete the "# " of the next line, run this cell and go on.
# from greenlab.winning import prune_layer

# %% [markdown] exercise="prune_round" minutes=5 difficulty=1
# ### Exercise 2 · A round of pruning
#
# In one round of the paper each layer loses 20% of the weights that it still has; the last layer, the output, loses **half** that rate: it is small, and each of its weights matters more.
#
# **Write** `prune_round(model, masks, rate)`: a dict with the new mask of every layer, by your `prune_layer`. `masks` is such a dict, with what is left now. Leave `model` and `masks` as they were.
#
# <details><summary>Hint 1 · "How do I go through weights and masks together?"</summary>
#
# `for name, w in prune.weights(model).items():`, and `masks[name]` belongs to that `w`.
# </details>
# <details><summary>Hint 2 · "Which layer is the last?"</summary>
#
# Dicts keep their order: `list(masks)[-1]` is the last name. Other networks have other names, so don't write `"4.weight"`.
# </details>
# <details><summary>Hint 3 · "RuntimeError: … requires grad"</summary>
#
# A network's weights keep track of what is computed with them. `w.detach()` is the plain tensor.
# </details>


# %% solution="prune_round" without="greenlab.winning.prune_round"
def prune_round(model, masks, rate=0.2):
    """New masks: each layer loses the rate of what it has left, the last one half of it."""
    ### BEGIN SOLUTION
    last = list(masks)[-1]
    new = {}
    for name, w in prune.weights(model).items():
        new[name] = prune_layer(w.detach(), masks[name], rate / 2 if name == last else rate)
    return new
    ### END SOLUTION


# %% tests="prune_round" points=2
for form in ("winning.prune_round", "lottery.smaller", "prune.by_magnitude"):
    check.own_work(prune_round, without=f"greenlab.{form}")
model, _ = controls.trained(20, 15, 12, 8)
slips.round_of_pruning(prune_round, model, dict(prune.Masks.full(model)), 0.2)
model, _ = controls.trained(9, 11, 7, 13, 5)  # four layers, some weights pruned before
slips.round_of_pruning(prune_round, model, controls.some(model, 0.5), 0.4)
check.passed("Exercise 2")
### BEGIN HIDDEN TESTS
model, _ = controls.trained(14, 12, 9, seed=4)
slips.round_of_pruning(prune_round, model, controls.some(model, 0.7, seed=3), 0.3)
### END HIDDEN TESTS

# %% checkpoint="prune_round"
# Stuck on Exercise 2? Delete the "# " of the next line, run this cell and go on.
# from greenlab.winning import prune_round

# %% [markdown] exercise="weights_left" minutes=5 difficulty=1
# ### Exercise 3 · How much is left?
#
# A layer that loses the share $r$ of what it has in each round has $(1-r)^k$ of its weights after $k$ rounds. The last layer's $r$ is half of the others'. The paper's figures show all layers together:
#
# $$P = \frac{\text{weights left in all layers}}{\text{weights in all layers}}$$
#
# **Write** `weights_left(sizes, rounds, rate)`: $P$, a number between 0 and 1. `sizes` lists how many weights each layer has, such as `[235200, 30000, 1000]`; leave it as it is. Don't round.
#
# <details><summary>Hint 1 · "What is left of one layer?"</summary>
#
# After one round `size * (1 - rate)`, after two that times `(1 - rate)` again. For the last layer the rate is halved first.
# </details>
# <details><summary>Hint 2 · "May I average the layers' shares?"</summary>
#
# No: the first layer has 235 times the weights of the last. Add up weights, then divide.
# </details>
# <details><summary>Hint 3 · "Which is the last?"</summary>
#
# `sizes[:-1]` are the others, `sizes[-1]` is the last.
# </details>


# %% solution="weights_left" without="greenlab.winning.weights_left"
def weights_left(sizes, rounds, rate=0.2):
    """The share of all weights left after so many rounds; the last layer loses half the rate."""
    ### BEGIN SOLUTION
    left = sum(sizes[:-1]) * (1 - rate) ** rounds + sizes[-1] * (1 - rate / 2) ** rounds
    return left / sum(sizes)
    ### END SOLUTION


# %% tests="weights_left" points=2
for form in ("winning.weights_left", "lottery.densities"):
    check.own_work(weights_left, without=f"greenlab.{form}")
# By hand: 100 and 40 weights have 0.5 · 0.5 left, 60 have 0.75 · 0.75: (25 + 10 + 33.75) / 200.
slips.share_left(weights_left, [100, 40, 60], 2, 0.5, 68.75 / 200)
# 300 weights have 0.6 left, 200 have 0.8: (180 + 160) / 500.
slips.share_left(weights_left, [300, 200], 1, 0.4, 340 / 500)
check.passed("Exercise 3")
### BEGIN HIDDEN TESTS
for case in (([235_200, 30_000, 1_000], 7, 0.2), ([500, 300], 3, 0.1)):
    *others, last = case[0]
    kept = sum(others) * (1 - case[2]) ** case[1] + last * (1 - case[2] / 2) ** case[1]
    slips.share_left(weights_left, *case, kept / sum(case[0]))
slips.share_left(weights_left, [8, 4], 0, 0.2, 1)
### END HIDDEN TESTS

# %% checkpoint="weights_left"
# Stuck on Exercise 3? Delete the "# " of the next line, run this cell and go on.
# from greenlab.winning import weights_left

# %% [markdown]
# **Experiment:** your formula against your masks, counted: LeNet-300-100, its weights as drawn, pruned again and again.

# %% explore="counted"
LEVELS = (3, 7, 12, 15)  # rounds after which we shall look
model = zoo.lenet_300_100(lab.generator(1))
masks = dict(prune.Masks.full(model))
sizes = [mask.numel() for mask in masks.values()]
for k in range(1, max(LEVELS) + 1):
    masks = prune_round(model, masks)
    if k in LEVELS:
        counted = prune.Masks(masks)
        print(
            f"after {k:>2} rounds: {100 * weights_left(sizes, k):5.2f}% by the formula, "
            f"{100 * counted.density:5.2f}% counted, {counted.kept:,} weights"
        )

# %% [markdown]
# ## 2 · How well, and how fast?
#
# The paper compares networks by two numbers. How *well* a network learns: its accuracy on test digits. How *fast*: the iteration at which it is best. Both are read at **early stop**: the iteration with the least loss
# on *validation* digits, which are not trained on; later the network only learns its training digits by heart. (In class we train on few digits: then that point comes sooner, after hundreds of iterations, not thousands.) The test digits must not choose: they only judge.

# %% [markdown] exercise="early_stop" minutes=5 difficulty=1
# ### Exercise 4 · Early stop
#
# **Write** `early_stop(iterations, losses, errors)`. The three lists belong together: at `iterations[i]` the validation loss was `losses[i]`, and `errors[i]` test digits were read wrong. Return two numbers,
# the iteration of the least validation loss and the errors *there*. If several losses are equally small, take the first.
#
# <details><summary>Hint 1 · "Where is the least loss?"</summary>
#
# `min(losses)` is its value; you need its place: `losses.index(…)`, or a loop that remembers the best place so far.
# </details>
# <details><summary>Hint 2 · "My errors are better than expected"</summary>
#
# You took the fewest of all errors. That lets the test digits choose.
# </details>
# <details><summary>Hint 3 · "How do I return two numbers?"</summary>
#
# With a comma between them: `return this, that`. Both come from the same place of their lists.
# </details>


# %% solution="early_stop" without="greenlab.winning.early_stop"
def early_stop(iterations, losses, errors):
    """The iteration of the least validation loss, the first of equals, and the test errors there."""
    ### BEGIN SOLUTION
    best = losses.index(min(losses))
    return iterations[best], errors[best]
    ### END SOLUTION


# %% tests="early_stop" points=2
check.own_work(early_stop, without="greenlab.winning.early_stop")
check.own_work(early_stop, without="greenlab.lottery.Run")
for case in (
    ([5, 10, 15, 20, 25, 30], [0.7, 0.4, 0.9, 0.3, 0.5, 0.6], [70, 40, 55, 33, 30, 41]),
    ([10, 20, 30, 40, 50], [0.8, 0.2, 0.4, 0.2, 0.5], [9, 8, 7, 6, 5]),
):
    got = early_stop(*[list(values) for values in case])
    iterations, losses, errors = case
    what = f"early_stop({iterations}, {losses}, {errors})"
    check.close(got, package.early_stop(*case), what, slips.early_stop(losses, iterations, errors))
check.passed("Exercise 4")
### BEGIN HIDDEN TESTS
for case, right in (
    (([100, 200, 300], [0.5, 0.6, 0.7], [20, 15, 10]), (100, 20)),
    (([100, 200, 300], [0.7, 0.6, 0.5], [20, 25, 30]), (300, 30)),
    (([7], [1.5], [3]), (7, 3)),
):
    iterations, losses, errors = case
    what = f"early_stop({iterations}, {losses}, {errors})"
    check.close(early_stop(*case), right, what, slips.early_stop(losses, iterations, errors))
### END HIDDEN TESTS

# %% checkpoint="early_stop"
# Stuck on Exercise 4? Delete the "# " of the next line, run this cell and go on.
# from greenlab.winning import early_stop

# %% [markdown]
# Now the whole network, three times from different first weights (**seeds**): a single run can be luck. `starts` keeps a copy of each $\theta_0$. Careful: `model.state_dict()` alone gives no copy, but the model's own tensors,
# which training then changes; `lottery.snapshot` clones them.

# %% given="training"
SEEDS = range(3)
RECIPE = {
    "iterations": lab.choose(in_class=700, paper=50_000),
    "every": lab.choose(in_class=50, paper=100),  # iterations between two looks
}
n_test = len(digits.test[1])


def new_network(seed):
    """LeNet-300-100 with first weights of its own, drawn as in the paper; biases 0."""
    return lottery.glorot(zoo.lenet_300_100(), lab.generator(seed))


def train_all(models, masks):
    """Train a network of each seed side by side, pruned weights at 0; how each learned."""
    for model in models:
        model.to(lab.device)
    orders = [lab.generator(100 + seed) for seed in SEEDS]  # of the digits
    held = [prune.Masks(mask) for mask in masks]
    runs, _ = lottery.train(models, held, digits, generators=orders, **RECIPE)
    for model in models:
        model.cpu()
    return runs


# %% [markdown]
# **Experiment:** the whole network learns; a line for each seed. Dots mark your early stop.

# %% explore="whole"
whole = [new_network(seed) for seed in SEEDS]
starts = [lottery.snapshot(model) for model in whole]
runs = {"whole network": train_all(whole, [prune.Masks.full(model) for model in whole])}
figures.learning(runs, early_stop, n_test)

# %% [markdown]
# ## 3 · The ticket
#
# The networks in `whole` are trained now. Pruning looks at the trained weights; then the weights that are left get their *first* values back.

# %% [markdown] exercise="rewind" minutes=7 difficulty=2
# ### Exercise 5 · Rewind
#
# **Write** `rewind(model, start, masks)`: it sets the model, in place, to $m \odot \theta_0$, and returns it. `start` is the copy of $\theta_0$, a dict with *all* parameters by name, weights and biases, as
# `model.load_state_dict(start)` takes it. Weights that the masks prune are 0; all others, and all biases, have the values of `start`. Leave `start` and `masks` as they were: the controls need them.
#
# <details><summary>Hint 1 · "What is pruned, and what is not?"</summary>
#
# `masks` has names of weights only. Biases are rewound, not pruned. `load_state_dict` does all of them at once.
# </details>
# <details><summary>Hint 2 · "The model doesn't change"</summary>
#
# `w = w * mask` makes a new tensor that the model knows nothing of. `w *= mask` changes the weight itself.
# </details>
# <details><summary>Hint 3 · "a leaf Variable that requires grad is being used in an in-place operation"</summary>
#
# PyTorch keeps track of what happens to weights. Not here: `with torch.no_grad():` around the loop over `prune.weights(model).items()`.
# </details>


# %% solution="rewind" without="greenlab.winning.rewind"
def rewind(model, start, masks):
    """Set the model in place to start where the masks keep, 0 elsewhere; return it."""
    ### BEGIN SOLUTION
    model.load_state_dict(start)
    with torch.no_grad():
        for name, w in prune.weights(model).items():
            w *= masks[name]
    return model
    ### END SOLUTION


# %% tests="rewind" points=3
for form in ("winning.rewind", "lottery.rewind"):
    check.own_work(rewind, without=f"greenlab.{form}")
controls.rewound(rewind, (6, 8, 3), 0.5)
check.passed("Exercise 5")
### BEGIN HIDDEN TESTS
controls.rewound(rewind, (5, 7, 9, 4), 0.3)
### END HIDDEN TESTS

# %% checkpoint="rewind"
# Stuck on Exercise 5? Delete the "# " of the next line, run this cell and go on.
# from greenlab.winning import rewind

# %% [markdown]
# ### Predict 1
#
# We prune each trained network in **one shot** by as much as seven rounds would, to 21% of the weights, rewind it, and train what is left. Will it be worse than the whole network, as good, or better? Will it learn
# faster or slower?
#
# *My prediction:*
#
# **Experiment:** run the next cell.


# %% explore="ticket"
def one_shot(model, rounds):
    """Masks after so many rounds of pruning with no training in between."""
    masks = dict(prune.Masks.full(model))
    for _ in range(rounds):
        masks = prune_round(model, masks)
    return masks


def ticket_runs(masks):
    """How the tickets of all seeds learn: θ0 under these masks."""
    return train_all([rewind(new_network(s), starts[s], masks[s]) for s in SEEDS], masks)


masks_after = {k: [one_shot(model, k) for model in whole] for k in LEVELS}
runs["ticket"] = ticket_runs(masks_after[7])
figures.learning(runs, early_stop, n_test)

# %% [markdown]
# As good as the whole network, within the spread of the seeds, with a fifth of its weights. It also starts faster: compare the curves at iterations 50 and 100. Whether it also *stops* sooner, three seeds can't tell: the dots of both kinds
# lie in the same range. (In the paper it does, 38% sooner with 21% of the weights: with 55,000 digits, 50,000 iterations, and a ticket found in a better way than in one shot, see part 5.)
#
# ## 4 · Two controls
#
# Is it the **structure**, that is, which connections are left? Is it the **first values** of these weights? Or would any network with so few weights do as well? For each of the first two we take one thing away and leave the other:
#
# | | which weights are left | their first values |
# | --- | --- | --- |
# | ticket | those that training made large | $\theta_0$ |
# | reinitialized | those that training made large | drawn again |
# | random mask | as many in each layer, at random | $\theta_0$ |

# %% [markdown] exercise="reinitialize" minutes=7 difficulty=2
# ### Exercise 6 · Other first values
#
# The paper draws first weights by Glorot's rule: Gaussian, mean 0, variance $2 / (n_\text{in} + n_\text{out})$, with $n_\text{in}$ and $n_\text{out}$ the inputs and outputs of the **whole** layer. Biases start at 0.
#
# **Write** `reinitialize(model, masks, generator)`: in place, it draws every layer's weights anew by this rule, with numbers from `generator`; sets those to 0 that the masks prune; sets all biases to 0; and returns the model. Nothing of the
# weights that the model had may remain.
#
# <details><summary>Hint 1 · "How do I draw from a Gaussian?"</summary>
#
# `torch.randn(w.shape, generator=generator)` has mean 0 and standard deviation 1. The standard deviation that you want is the *root* of the variance; multiply by it. Or, in place: `w.normal_(0, deviation, generator=generator)`.
# </details>
# <details><summary>Hint 2 · "What are n_in and n_out?"</summary>
#
# `w.shape` is `(outputs, inputs)`.
# </details>
# <details><summary>Hint 3 · "Where are the biases?"</summary>
#
# `model.named_parameters()` gives all parameters with their names; those whose name is not in `masks` are the biases. In place, within `torch.no_grad()`: `p.zero_()`.
# </details>


# %% solution="reinitialize" without="greenlab.winning.reinitialize"
def reinitialize(model, masks, generator):
    """Fresh Gaussian Glorot weights under the masks, in place, biases 0; return the model."""
    ### BEGIN SOLUTION
    with torch.no_grad():
        for name, p in model.named_parameters():
            if name in masks:
                p.normal_(0, (2 / sum(p.shape)) ** 0.5, generator=generator)
                p *= masks[name]
            else:
                p.zero_()
    return model
    ### END SOLUTION


# %% tests="reinitialize" points=3
for form in ("winning.reinitialize", "lottery.glorot"):
    check.own_work(reinitialize, without=f"greenlab.{form}")
controls.reinitialized(reinitialize, (240, 80, 60), 0.3)
check.passed("Exercise 6")
### BEGIN HIDDEN TESTS
controls.reinitialized(reinitialize, (80, 200, 60, 30), 0.5)
### END HIDDEN TESTS

# %% checkpoint="reinitialize"
# Stuck on Exercise 6? Delete the "# " of the next line, run this cell and go on.
# from greenlab.winning import reinitialize

# %% [markdown] exercise="random_masks" minutes=6 difficulty=2
# ### Exercise 7 · Another structure
#
# **Write** `random_masks(masks, generator)`: a dict of new masks that keep exactly as many weights **in each layer** as `masks` do, at places drawn by `generator`: every choice of so many places of a layer is as likely as any other. Leave `masks` as they were.
#
# <details><summary>Hint 1 · "torch.rand(…) < density keeps a few too many"</summary>
#
# That tosses a coin for each weight, and their number is left to luck. *Shuffle* the mask that you have: the number stays.
# </details>
# <details><summary>Hint 2 · "How do I shuffle?"</summary>
#
# `torch.randperm(n, generator=generator)` is a random order of `0 … n − 1`; index with it.
# </details>
# <details><summary>Hint 3 · "Some rows keep everything"</summary>
#
# Then you shuffled whole rows. Flatten the mask before, and give it its shape back after: `.view(mask.shape)`.
# </details>


# %% solution="random_masks" without="greenlab.winning.random_masks"
def random_masks(masks, generator):
    """Masks that keep as many weights in each layer, at random places."""
    ### BEGIN SOLUTION
    new = {}
    for name, mask in masks.items():
        order = torch.randperm(mask.numel(), generator=generator)
        new[name] = mask.flatten()[order].view(mask.shape)
    return new
    ### END SOLUTION


# %% tests="random_masks" points=2
for form in ("winning.random_masks", "lottery.random_masks"):
    check.own_work(random_masks, without=f"greenlab.{form}")
controls.random_masks(random_masks, controls.clustered())
check.passed("Exercise 7")
### BEGIN HIDDEN TESTS
model, _ = controls.trained(70, 50, 40, 30)
masks = {name: mask.flip(0) for name, mask in controls.some(model, 0.2, seed=9).items()}
controls.random_masks(random_masks, masks)
### END HIDDEN TESTS

# %% checkpoint="random_masks"
# Stuck on Exercise 7? Delete the "# " of the next line, run this cell and go on.
# from greenlab.winning import random_masks

# %% [markdown]
# ### Predict 2
#
# Three networks of the same size: ticket, reinitialized, random mask. At 21% of the weights, which wins, and which comes second? Where will the ticket itself begin to lose: at 51, 21, 7 or 3.6%?
#
# *My prediction:*
#
# **Experiment:** run the next two cells, first the larger networks, then the smaller ones. All three kinds see the digits in the same order.


# %% explore="larger"
def compete(k):
    """How the ticket and both controls learn after k rounds, all seeds, by kind."""
    structure = masks_after[k]
    elsewhere = [random_masks(structure[s], lab.generator(200 + 10 * k + s)) for s in SEEDS]
    redrawn = [
        reinitialize(new_network(s), structure[s], lab.generator(500 + 10 * k + s)) for s in SEEDS
    ]
    return {
        "ticket": runs["ticket"] if k == 7 else ticket_runs(structure),  # 7 rounds: trained above
        "reinitialized": train_all(redrawn, structure),
        "random mask": ticket_runs(elsewhere),
    }


results = {k: compete(k) for k in train.progress(LEVELS[:2], "three kinds")}
figures.learning(results[7], early_stop, n_test)

# %% explore="smaller"
results |= {k: compete(k) for k in train.progress(LEVELS[2:], "three kinds")}


def rows_of(kind, k, seeds):
    """For the figure: the early stop of each seed of a kind after k rounds."""
    stops = [early_stop(run.iterations, run.losses, run.errors) for run in seeds]
    left = weights_left(sizes, k)
    return [tickets.Row(kind, s, k, left, *stop) for s, stop in enumerate(stops)]


rows = rows_of("ticket", 0, runs["whole network"])
for k, kinds in results.items():
    for kind, seeds in kinds.items():
        rows += rows_of(kind, k, seeds)
figures.tickets(rows, n_test, "Tickets found in one shot")

# %% [markdown]
# On average the ticket is more accurate than both controls at every size, and from 21% on by far more than the spread. Which control comes second? Neither: their bars overlap, so *which* weights are left is worth little without their first values, and the first values of
# other weights are worth no more. In one shot the ticket keeps up with the whole network down to 21%, and begins to lose at 7%. With 51 and 21% it also stops sooner than the controls. (The paper's reinitialized network with 21% took 2.51 times as many iterations to early stop as its ticket, and was
# half a point less accurate.)
#
# Read the right panel with care, above all at 7% and below: a network whose early stop is at the last iteration (700 in class) had not stopped yet. There the iteration is only a lower bound.

# %% [markdown] exercise="why_random_lost" minutes=7 difficulty=2
# ### Answer 1 · Why did the random tickets lose?
#
# In at most eight sentences, with numbers from your figures (accuracy *and* speed): what do you conclude from the reinitialized network, and what from the random mask? What does each of the two controls hold fixed? Where is a difference larger than the spread
# over the seeds, where not? And why does a large network contain a winning ticket at all, when a small one drawn at random is so unlikely to be one?

# %% [markdown] answer="why_random_lost" points=3
# ### BEGIN SOLUTION
# The reinitialized network has the ticket's structure and not its first values; the random mask has first values of θ0 and as many weights in each layer, but not the structure. With 21% of the weights the ticket reaches 93.6% (93.5 to 93.7) at iteration 417 (350 to 450);
# reinitialized it reaches 91.4% (91.1 to 91.7) at 650 (600 to 700), and with a random mask 91.6% (91.6 to 91.7) at 650. These differences are several times the spread, in accuracy and in speed; between the two controls there is none. At 51% the accuracies are close, 93.5% against 93.1% and 93.0%, and
# seeds overlap, but the ticket stops at 300 and the controls at 583. At 3.6% all of them stop at or near the end of 700 iterations, so speed can't be compared there; in accuracy the ticket still leads, 91.2% to 89.5% and 89.1%. So neither structure nor first values are enough alone: what wins is these
# weights with these values. A network of 266,200 weights holds an astronomical number of subnetworks; by chance one of them starts well, gradient descent makes its weights large, and so shows us which it was. A small network drawn at random is one ticket only, and nearly all tickets are blanks.
#
# === BEGIN MARK SCHEME ===
# - 1 point: says what each control holds fixed (reinitialized: structure, not first values; random mask: first values and size of each layer, not structure) and concludes that it takes both: the structure alone, or any weights of θ0, are not enough.
# - 1 point: numbers of accuracy and of the iteration of early stop, compared with the spread over the seeds (such as: clear at 21% and below; at 51% the seeds overlap; where runs end before they stop, the iteration is only a lower bound).
# - 1 point: the lottery: a network of many weights holds very many subnetworks, one of which happens to start well; training makes its weights large and so shows which; a small network drawn at random is a single ticket.
# === END MARK SCHEME ===
# ### END SOLUTION

# %% [markdown]
# ## 5 · Patience: round by round
#
# One shot asks a single training which of all the weights will be needed. The paper's main method is more patient: prune 20%, rewind, **train again**, prune 20% of what is left, and so on. Each round trains a smaller network, which can say better what *it* needs.

# %% [markdown] exercise="find_ticket" minutes=9 difficulty=3
# ### Exercise 8 · Iterative magnitude pruning
#
# `learn(model, masks, images, labels, **options)` is given: it trains the model in place, and the weights that the masks prune stay 0. Its `options`, such as `iterations`, come in by name and are handed on by name: `**options`.
#
# **Write** `find_ticket(model, rounds, images, labels, rate, **options)`. The model comes in with its first weights. Begin with a copy of them, and with masks that keep everything. Then, in each round:
#
# 1. `learn`, under the present masks, with the `options`;
# 2. new masks, by your `prune_round`, from the trained weights and the present masks;
# 3. `rewind` to $\theta_0$ under the new masks.
#
# Return the last masks. The model is left as the ticket, rewound and not trained.
#
# <details><summary>Hint 1 · "Where do I begin?"</summary>
#
# `dict(prune.Masks.full(model))` keeps everything. A copy must be a real one, or training changes it: see how `starts` was made.
# </details>
# <details><summary>Hint 2 · "My masks get weights back that were pruned"</summary>
#
# `prune_round` wants the masks of the round before: overwrite `masks` in each round, and hand on that same name.
# </details>
# <details><summary>Hint 3 · "My ticket prunes what was small at first"</summary>
#
# Order: train, prune, rewind. Whoever rewinds first asks $\theta_0$ what is small, and it has learned nothing.
# </details>


# %% solution="find_ticket" without="greenlab.winning.find_ticket"
def find_ticket(model, rounds, images, labels, rate=0.2, **options):
    """Train, prune, rewind, so many rounds; the masks. The model is left as the ticket."""
    ### BEGIN SOLUTION
    start = copy.deepcopy(model.state_dict())
    masks = dict(prune.Masks.full(model))
    for _ in range(rounds):
        learn(model, masks, images, labels, **options)
        masks = prune_round(model, masks, rate)
        rewind(model, start, masks)
    return masks
    ### END SOLUTION


# %% tests="find_ticket" points=4
for form in ("winning.find_ticket", "lottery.iterate", "check.finding._slipping"):
    check.own_work(find_ticket, without=f"greenlab.{form}")
finding.found(find_ticket, rounds=3, rate=0.3, iterations=6, lr=0.1, batch=20)
check.passed("Exercise 8")
### BEGIN HIDDEN TESTS
finding.found(find_ticket, rounds=2, rate=0.5, iterations=5, lr=0.1, batch=20)
### END HIDDEN TESTS

# %% checkpoint="find_ticket"
# Stuck on Exercise 8? Delete the "# " of the next line, run this cell and go on.
# from greenlab.winning import find_ticket

# %% [markdown]
# ### Predict 3
#
# At 7% of the weights, will the ticket found in twelve rounds be better than the one found in one shot? What did it cost to find each, in iterations of training?
#
# *My prediction:*
#
# **Experiment:** run the next cell. A round trains for a while, twelve times over.

# %% explore="iterative"
EACH = lab.choose(in_class=400, paper=10_000)  # iterations in a round
patient, their_masks = [], []
for seed in train.progress(SEEDS, "twelve rounds"):
    patient.append(new_network(seed))
    options = {"iterations": EACH, "generator": lab.generator(300 + seed)}
    their_masks.append(find_ticket(patient[seed], 12, *digits.train, **options))
compared = {
    "whole network": runs["whole network"],
    "one shot": results[12]["ticket"],
    "round by round": train_all(patient, their_masks),
}
figures.learning(compared, early_stop, n_test)
print(
    f"To find a ticket we trained for {RECIPE['iterations']:,} iterations in one shot, for "
    f"{12 * EACH:,} round by round, {12 * EACH / RECIPE['iterations']:.1f} times that."
)

# %% [markdown]
# Clearly faster at the start: in the first 200 iterations the losses of all seeds of one kind lie apart from all of the other. On average also a little more accurate at early stop, but there the seeds overlap. And look at what the search cost.
#
# The full experiment has 20 rounds of 1,000 iterations with 7,000 digits, three seeds, and both controls in every round. That takes minutes that we don't have in class, so here is a recorded run. You can repeat it: `greenlab study lottery` in a terminal (*File → New → Terminal*) runs it, shows its progress, and goes on where
# it was when you stop it.
#
# **Experiment:** the recorded run, drawn like yours. (More digits and iterations: don't compare its accuracies with those above, but the order of its lines.)

# %% explore="recorded"
figures.tickets(tickets.recorded(), 2000, "Tickets found round by round, recorded")

# %% [markdown]
# *How well:* with 51 to 8.7% of the weights the ticket found round by round is on average a little better than the whole network, within the spread. (The paper: at least as good down to 3.6%.) And here the controls do come apart: with few weights left, the reinitialized network is better than the
# random mask. So the structure that many rounds find is worth something by itself, the more the fewer weights are left; and its first values add to that at every size.
#
# *How fast:* on average the ticket stops sooner than the whole network down to 26% of the weights, but not with 21%. Three seeds and short training don't show the paper's 38%. And the same caution holds: at iteration 1,000 a run had not stopped yet.
#
# ## 6 · What is in a winning ticket?
#
# We know which weights won. What did they look like *before* anything was trained?
#
# ### Predict 4
#
# Of the weights that a ticket keeps, were more of them large at first, or small, or as many of each size as in the whole network?
#
# *My prediction:*
#
# **Experiment:** run the next cell. Left, the first weights of the first layer; right, where the ticket looks.

# %% explore="survivors"
first, seen = starts[0]["0.weight"], (digits.train[0] > 0).any(0)
figures.survivors(
    first,
    {
        "whole network": torch.ones_like(first, dtype=torch.bool),
        "random mask with 7%": random_masks(masks_after[12][0], lab.generator(700))["0.weight"],
        "ticket with 7%": masks_after[12][0]["0.weight"],
    },
    seen,
)

# %% [markdown]
# Mostly large ones. A random mask has as many of each size as the whole network; the ticket's first weights have two humps, as in the paper's own figure of them, and hardly any is near 0. (Pixels that never have ink are left out: their weights get no gradient, so training says nothing of them.) Are they simply close to their goal from the start? No: the paper finds that the
# winning weights *move further* in training than the others. And nobody told the ticket where digits are: it looks less at the edge of the picture than at the rest.
#
# One caution: this was a small network. In deep ones a ticket rewound to $\theta_0$ often doesn't win, but one rewound to an early iteration of training does (J. Frankle and others, *Stabilizing the Lottery Ticket Hypothesis*, arXiv:1903.01611).

# %% [markdown] exercise="greener" minutes=7 difficulty=2
# ### Answer 2 · Is a ticket greener?
#
# In at most ten sentences, with numbers from your figures and prints: what would training cost if you had the ticket from the start (weights, iterations to early stop)? What did it cost to *find* it, in one shot and in rounds? When does that pay, and when not? (Lab 5
# or the lecture: what does a sparse network save when it runs, and in which form?) What is the finding good for, if not for saving energy today?

# %% [markdown] answer="greener" points=3
# ### BEGIN SOLUTION
# With 21% of the weights the ticket reaches the whole network's accuracy (93.6% and 93.4%) in about as many iterations (417 and 367, within the spread); with 51% it needs 300 (200 to 450), which isn't clearly fewer either. If nothing but multiply-adds of kept weights counted, training the 21% ticket would cost a
# fifth. But to find it, the whole network had to be trained first: 700 iterations in one shot, and 4,800 in twelve rounds for the better ticket at 7%; more than ever is saved by training it once. And zeros are multiplied like all other numbers unless the network runs in a sparse form: lab 5 found that CSR pays only
# at high sparsity, and depends on the batch. So for one task it is not greener, it is dearer. It would pay if the same ticket were trained many times (new data, other tasks, every user's phone), or if tickets were found early in training or without it. What it is good for today is knowledge: small networks can learn as well as
# large ones, so the size that we train at is a means to find a good start, not a need of the task. I would report the cost of the search with the result, all rounds and seeds, and the spread.
#
# === BEGIN MARK SCHEME ===
# - 1 point: what a ticket would save, with numbers: its share of the weights, and its iterations of early stop against the whole network's.
# - 1 point: what finding it cost: at least one whole training in one shot, many in rounds, before the first saving; so it pays only if the ticket is trained again and again (other tasks, other data) or found earlier, and sparse weights save time and energy only in a form that runs faster.
# - 1 point: what it is good for: it shows that small networks can be trained, so looking for good structures and first values early is worth it; or a sound judgment of its own, and what to report (cost of the search, seeds, spread).
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
