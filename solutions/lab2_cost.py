# %% [markdown]
# # Lab 2 · The cost of a result
#
# **What you will do.** A paper says "a new best accuracy". What did that number cost? You will count the arithmetic of a network by hand, see what
# published accuracy costs, run small studies of your own, and put a price on their results: one **E**xample's arithmetic, times the **D**ata, times the
# **H**yperparameter trials. It follows *Green AI* by Schwartz, Dodge, Smith and Etzioni (2019).
#
# **What you need.** The lecture, once. A laptop: no GPU and no network. A class of 100 minutes takes you through section 5; section 6 and Answer 2 can be
# done at home.
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
# The papers: R. Schwartz, J. Dodge, N. A. Smith, O. Etzioni, *Green AI*, arXiv:1907.10597 (2019). J. Dodge, S. Gururangan, D. Card, R. Schwartz, N. A. Smith,
# *Show Your Work: Improved Reporting of Experimental Results* (EMNLP 2019). D. Amodei, D. Hernandez, *AI and Compute* (OpenAI, 2018).
# J. Sevilla and colleagues, arXiv:2202.05924 (2022).

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

from contextlib import suppress

import numpy as np
import torch

from greenlab import check, cost, data, train, zoo
from greenlab.check import cost as slips
from greenlab.check import fits
from greenlab.energy import Meter
from greenlab.plots import cost as published
from greenlab.plots import studies as figures

lab = greenlab.setup(seed=0)

# %% [markdown]
# The line above says what was chosen for you. With a GPU the studies run at a larger scale: all of MNIST if it can be downloaded, more seeds and trials.
# To choose yourself, run `lab = greenlab.setup(seed=0, scale="class")` or `scale="paper"` in a cell of your own. Numbers in the text are for the class scale.
#
# $$\text{Cost}(R) \;\propto\; E \cdot D \cdot H \qquad \text{(Equation 1 of the paper)}$$
#
# is the plan of this lab: $E$ in sections 1 and 2, $D$ in 3, $H$ in 4, the product in 5.
#
# ## 1 · E: what one example costs
#
# A network is mostly products and sums. Two units are in use, and papers mix them up:
#
# - a **multiply-add** (MAC): $a \leftarrow a + w \cdot x$, one product and one sum;
# - a **floating point operation** (FLOP; the paper's FPO): one product *or* one sum. So **1 MAC = 2 FLOPs**.
#
# Many tables print multiply-adds and call them "FLOPs". Whoever compares across papers without looking is wrong by a factor of two.

# %% [markdown] exercise="conv_macs" minutes=9 difficulty=2
# ### Exercise 1 · Multiply-adds of a convolution
#
# A convolution reads an image of `channels` channels, `side` × `side` pixels, and puts `padding` zeros around it on every side. It lays its square kernel
# (`kernel` × `kernel`) on every place, `stride` pixels apart, and each of its `filters` filters makes one number there. The output has
#
# $$\text{out} = \left\lfloor \frac{\text{side} + 2\cdot\text{padding} - \text{kernel}}{\text{stride}} \right\rfloor + 1$$
#
# places per side. With `groups` > 1, each filter reads `channels / groups` of the channels only.
#
# **Write** `conv_macs(channels, filters, kernel, side, stride=1, padding=0, groups=1)`: the **multiply-adds** for one image, without the biases.
#
# <details><summary>Hint 1 · "Where do I begin?"</summary>
#
# With one number of the output: it is the sum of how many products? Then: how many numbers does the output have?
# </details>
# <details><summary>Hint 2 · "My number is too small, or too large, by a whole factor"</summary>
#
# The kernel has an area, the output has an area: both sides are squared. And a multiply-add counts as one.
# </details>
# <details><summary>Hint 3 · "What are the factors?"</summary>
#
# Five: the places of the output (out squared), the filters, the channels that one filter reads, the kernel's area. `//` rounds down.
# </details>


# %% solution="conv_macs" without="greenlab.flops.conv_macs"
def conv_macs(channels, filters, kernel, side, stride=1, padding=0, groups=1):
    """Multiply-adds of a convolution on one image of side × side pixels, without biases."""
    ### BEGIN SOLUTION
    out = (side + 2 * padding - kernel) // stride + 1
    return out**2 * filters * (channels // groups) * kernel**2
    ### END SOLUTION


# %% tests="conv_macs" points=3
check.own_work(conv_macs, without="greenlab.flops.conv_macs")
right, slip = 24 * 24 * 20 * 1 * 5 * 5, slips.conv_macs(1, 20, 5, 28)
check.close(conv_macs(1, 20, 5, 28), right, "conv_macs(1, 20, 5, 28)", slip)
right, slip = 16 * 16 * 8 * 3 * 5 * 5, slips.conv_macs(3, 8, 5, 28, 2, 4)
what = "conv_macs(3, 8, 5, 28, stride=2, padding=4)"
check.close(conv_macs(3, 8, 5, 28, stride=2, padding=4), right, what, slip)
right, slip = 12 * 12 * 16 * 2 * 3 * 3, slips.conv_macs(8, 16, 3, 12, 1, 1, 4)
what = "conv_macs(8, 16, 3, 12, padding=1, groups=4)"
check.close(conv_macs(8, 16, 3, 12, padding=1, groups=4), right, what, slip)
right, slip = 55 * 55 * 64 * 3 * 11 * 11, slips.conv_macs(3, 64, 11, 227, 4)
what = "conv_macs(3, 64, 11, 227, stride=4)"
check.close(conv_macs(3, 64, 11, 227, stride=4), right, what, slip)
check.passed("Exercise 1")
### BEGIN HIDDEN TESTS
right, slip = 55 * 55 * 64 * 3 * 11 * 11, slips.conv_macs(3, 64, 11, 224, 4, 2)
what = "conv_macs(3, 64, 11, 224, stride=4, padding=2), the first layer of AlexNet,"
check.close(conv_macs(3, 64, 11, 224, 4, 2), right, what, slip)
right, slip = 7 * 7 * 32 * 1 * 3 * 3, slips.conv_macs(32, 32, 3, 14, 2, 1, 32)
what = "conv_macs(32, 32, 3, 14, stride=2, padding=1, groups=32)"
check.close(conv_macs(32, 32, 3, 14, 2, 1, 32), right, what, slip)
what = "conv_macs(800, 500, 1, 1), a fully connected layer,"
check.close(conv_macs(800, 500, 1, 1), 400_000, what, slips.conv_macs(800, 500, 1, 1))
for channels, filters, kernel, side, stride, padding in ((5, 7, 3, 20, 3, 0), (2, 9, 4, 17, 2, 1)):
    layer = torch.nn.Conv2d(channels, filters, kernel, stride, padding)
    right = cost.count(layer, (1, channels, side, side)).macs
    what = f"conv_macs({channels}, {filters}, {kernel}, {side}, stride={stride}, padding={padding})"
    slip = slips.conv_macs(channels, filters, kernel, side, stride, padding)
    check.close(conv_macs(channels, filters, kernel, side, stride, padding), right, what, slip)
### END HIDDEN TESTS

# %% checkpoint="conv_macs"
# Stuck on Exercise 1? Delete the "# " of the next line, run this cell and go on.
# from greenlab.flops import conv_macs

# %% [markdown]
# A **fully connected** layer is a convolution with a 1 × 1 kernel on an image of one pixel, `conv_macs(inputs, outputs, 1, 1)`: one multiply-add for each
# weight. Below are the layers of three networks, as `(channels, filters, kernel, side, stride, padding)`. Pooling and ReLU make no products, and are not counted.

# %% given="layers"
LENET5 = {  # LeNet-5 as Caffe ships it, for digits of 28 × 28 pixels
    "conv1": (1, 20, 5, 28),
    "conv2": (20, 50, 5, 12),
    "fc1": (800, 500, 1, 1),
    "fc2": (500, 10, 1, 1),
}
LECUN = {  # LeNet-5 of LeCun and colleagues (1998), on 32 × 32; here C3 reads all six channels
    "C1": (1, 6, 5, 32),
    "C3": (6, 16, 5, 14),
    "C5": (16, 120, 5, 5),
    "F6": (120, 84, 1, 1),
    "output": (84, 10, 1, 1),
}


def vgg16_layers():
    """VGG-16 (Simonyan and Zisserman 2014): five blocks of 3 × 3 convolutions, three large layers."""
    layers, channels, side = {}, 3, 224
    for block, (depth, filters) in enumerate(((2, 64), (2, 128), (3, 256), (3, 512), (3, 512)), 1):
        for number in range(1, depth + 1):
            layers[f"conv{block}_{number}"] = (channels, filters, 3, side, 1, 1)
            channels = filters
        side //= 2  # max-pooling
    large = {"fc6": (channels * side**2, 4096, 1, 1), "fc7": (4096, 4096, 1, 1)}
    return layers | large | {"fc8": (4096, 1000, 1, 1)}


VGG16 = vgg16_layers()

# %% [markdown]
# Does your arithmetic agree with a counter? PyTorch's follows the network's products as it runs; ours takes it layer by layer, on shapes without values, so
# that VGG-16 needs no memory. (The counter itself counts two for each multiply-add.)
#
# ### Predict 1
#
# VGG-16 has 13 convolutions and 3 fully connected layers. Which of the two kinds has most of the *parameters*, and which does most of the *arithmetic*?
#
# *My prediction:*
#
# **Experiment:** Your count against the counter's, layer by layer.


# %% explore="layers_counted"
def hand(layers):
    """Multiply-adds of each layer, by your function."""
    return {name: conv_macs(*sizes) for name, sizes in layers.items()}


published.layers("LeNet-5 (Caffe's)", hand(LENET5), cost.count(zoo.lenet5(), (1, 784)))
published.layers("VGG-16", hand(VGG16), cost.count(zoo.vgg16(), (1, 3, 224, 224)))

# %% [markdown]
# The last lines answer Predict 1: in VGG-16 the convolutions do nearly all of the arithmetic, the fully connected layers hold most of the parameters. A convolution uses each
# weight at every place of the image; a fully connected layer uses each once. So parameters are a poor measure of cost, which is why the paper asks for FPO.

# %% [markdown] exercise="flops_to_train" minutes=7 difficulty=2
# ### Exercise 2 · From one answer to a training run
#
# Training goes through the network **forward and backward**. Backward, each layer makes two gradients: that of its **weights** and that of its **inputs** (for the
# layer below). Each costs as many multiply-adds as the layer's forward pass. The **first** layer makes only one: its inputs are the data, and nobody
# wants the gradient of an image.
#
# **Write** `flops_to_train(forward_macs, examples, epochs)`: the **FLOPs** of a whole training run. `forward_macs` is a list, each layer's multiply-adds for one example,
# the first layer first.
#
# <details><summary>Hint 1 · "What is backward for one example?"</summary>
#
# Twice the forward pass of all layers, less one forward pass of the first.
# </details>
# <details><summary>Hint 2 · "How often?"</summary>
#
# Once for each example in each epoch, and forward comes on top of backward.
# </details>
# <details><summary>Hint 3 · "I am off by 2"</summary>
#
# The list holds multiply-adds, the answer is in FLOPs.
# </details>


# %% solution="flops_to_train" without="greenlab.cost.flops_to_train"
def flops_to_train(forward_macs, examples, epochs):
    """FLOPs of one training run: forward and backward, every example in every epoch."""
    ### BEGIN SOLUTION
    forward = sum(forward_macs)
    backward = 2 * forward - forward_macs[0]
    return 2 * (forward + backward) * examples * epochs
    ### END SOLUTION


# %% tests="flops_to_train" points=3
check.own_work(flops_to_train, without="greenlab.cost.flops_to_train")
macs = [500, 300, 20]
right, slip = 2 * (820 + 2 * 820 - 500) * 100 * 7, slips.flops_to_train(macs, 100, 7)
what = "flops_to_train([500, 300, 20], examples=100, epochs=7)"
check.close(flops_to_train(macs, 100, 7), right, what, slip)
check.that(
    macs == [500, 300, 20], "flops_to_train changes the list that it is given: leave it as it is."
)
right, slip = 2 * 2 * 640 * 30 * 4, slips.flops_to_train([640], 30, 4)
check.close(flops_to_train([640], 30, 4), right, "flops_to_train([640], 30, 4), one layer,", slip)
check.passed("Exercise 2")
### BEGIN HIDDEN TESTS
network = cost.count(zoo.lenet5(), (1, 784), backward=True)
right, macs = cost.training_flops(network, 8_000, 5), [288_000, 1_600_000, 400_000, 5_000]
what, slip = "flops_to_train of LeNet-5, 8,000 digits, 5 epochs,", slips.flops_to_train
check.close(flops_to_train(macs, 8_000, 5), right, what, slip(macs, 8_000, 5))
### END HIDDEN TESTS

# %% checkpoint="flops_to_train"
# Stuck on Exercise 2? Delete the "# " of the next line, run this cell and go on.
# from greenlab.cost import flops_to_train

# %% [markdown]
# **Experiment:** How many times the forward pass is backward, by your function and by the counter?

# %% explore="training_counted"
networks = {"LeNet-5 (Caffe's)": LENET5, "LeNet-5 (LeCun's)": LECUN, "VGG-16": VGG16}
for name, layers in networks.items():
    macs = list(hand(layers).values())
    ratio = flops_to_train(macs, 1, 1) / 2 / sum(macs) - 1
    print(f"{name}: {sum(macs):,} multiply-adds forward, backward {ratio:.3f} times as many")
for name, model, shape in (
    ("LeNet-5 (Caffe's)", zoo.lenet5(), (1, 784)),
    ("VGG-16", zoo.vgg16(), (1, 3, 224, 224)),
):
    counted = cost.count(model, shape, backward=True)
    print(f"  the counter on {name}: {counted.backward_macs / counted.forward_macs:.3f}")

row = next(row for row in cost.training_compute() if row.model == "VGG")
own = flops_to_train(list(hand(VGG16).values()), 1_200_000, 74) / cost.PFS_DAY
print(f"\nTraining VGG on 1.2 million images for 74 epochs, in petaflop/s-days: yours {own:.3f}.")
print(f"AI and Compute (2018) prints {row.pfs_days}: {row.calculation}.")

# %% [markdown]
# People often say "backward costs twice the forward pass". It is less, by the share of the first layer: little in VGG-16, much in a small network. So a quoted ratio for "LeNet-5"
# needs the network's name: the two LeNets differ. And look at the last line printed above: the post's "16 GFLOPS" are multiply-adds, or there would be no
# "2 add-multiply" beside it.
#
# ## 2 · The price of published accuracy
#
# The paper's figure of FPO against accuracy shows published models of ImageNet. We have the 112 that torchvision lists. Most are beaten: some other model costs no more
# and is at least as good.

# %% [markdown] exercise="frontier" minutes=9 difficulty=3
# ### Exercise 3 · The frontier
#
# A model is **beaten** by another that costs no more and is worth no less, and is truly better in one of the two. What no other beats is the (Pareto) **frontier**.
#
# **Write** `frontier(costs, values)`: the **indices** of the models on the frontier, from the cheapest to the most expensive. Of two models that are equal in both, keep
# the first.
#
# <details><summary>Hint 1 · "Comparing all with all is long"</summary>
#
# Go from the cheapest to the most expensive and remember the best value so far. Who is on the frontier?
# </details>
# <details><summary>Hint 2 · "I keep one too many where costs are equal, or two models are equal in both"</summary>
#
# Which of two equal costs should you meet first, so that the other is seen to be beaten? And is a model *better* than the best so far if it only equals it?
# </details>
# <details><summary>Hint 3 · "How do I sort indices?"</summary>
#
# `sorted(range(len(costs)), key=lambda i: …)` sorts the indices by what the key gives for each. A pair `(a, b)` sorts by `a` and, where those are equal, by `b`; a minus turns
# an order around.
# </details>


# %% solution="frontier" without="greenlab.studies.frontier"
def frontier(costs, values):
    """Indices of the models that no other beats, cheapest first."""
    ### BEGIN SOLUTION
    kept, best = [], float("-inf")
    for i in sorted(range(len(costs)), key=lambda i: (costs[i], -values[i])):
        if values[i] > best:
            kept.append(i)
            best = values[i]
    return kept
    ### END SOLUTION


# %% tests="frontier" points=3
check.own_work(frontier, without="greenlab.studies.frontier")
costs = [4, 8, 1, 2, 2, 16, 9, 3]
values = [70, 75, 60, 65, 68, 75, 74, 66]
what, slip = f"frontier({costs}, {values})", slips.frontier(costs, values)
check.close(frontier(costs, values), [2, 4, 0, 1], what, slip)
what, slip = (
    "frontier([3, 1, 3], [9, 4, 9]), with equal models,",
    slips.frontier([3, 1, 3], [9, 4, 9]),
)
check.close(frontier([3, 1, 3], [9, 4, 9]), [1, 0], what, slip)
check.passed("Exercise 3")
### BEGIN HIDDEN TESTS
costs, values = [3, 1, 3, 2, 1, 5], [9, 4, 9, 4, 4, 9.5]
what, slip = f"frontier({costs}, {values}), with equal models,", slips.frontier(costs, values)
check.close(frontier(costs, values), [1, 0, 5], what, slip)
check.close(frontier([2.5], [70.0]), [0], "frontier of a single model")
table = torch.randint(12, (60, 2), generator=torch.Generator().manual_seed(3)).tolist()
costs, values = [float(row[0]) for row in table], [float(row[1]) for row in table]
right, slip = cost.frontier(costs, values), slips.frontier(costs, values)
before = list(costs), list(values)
check.close(frontier(costs, values), right, "frontier of 60 models", slip)
check.that((costs, values) == before, "frontier changes the lists that it is given: copy them.")
costs, values = [1e9, 2e9, 4e9], [-3.0, -2.0, -2.5]
slip = slips.frontier(costs, values)
check.close(frontier(costs, values), [0, 1], "frontier of values below 0", slip)
### END HIDDEN TESTS

# %% checkpoint="frontier"
# Stuck on Exercise 3? Delete the "# " of the next line, run this cell and go on.
# from greenlab.studies import frontier

# %% [markdown]
# The paper: accuracy grows about *linearly* while cost grows *exponentially*. Where each step of the axis is ten times the cost, that is a straight line, and its slope
# says how many points ten times the arithmetic buys.
#
# ### Predict 2
#
# How many of the 112 models are on the frontier? From there: how many points of top-1 does ten times the arithmetic buy?
#
# *My prediction:*
#
# **Experiment:** Your frontier, with a straight line fitted to it.

# %% explore="accuracy_against_fpo"
models = cost.imagenet_models()
best = frontier([m.flops for m in models], [m.top1 for m in models])
published.accuracy_against_fpo(models, best)

# %% [markdown]
# Where does the straight line fail? Compare the slopes of the frontier's two halves, in the words below the figure. A constant number of points for ten times the cost is a steep price already;
# along this frontier ten times the cost buys less and less.
#
# Three things the figure doesn't tell:
#
# 1. It is the cost of *one answer*. What training took, and how many models were tried before this one, no table says.
# 2. The same network appears at several heights: later training recipes made it better at the same FPO.
# 3. The SWAG models, at the expensive end of the frontier, saw many more images: part of what looks like E is D.
#
# What do papers aim at? The authors looked at papers of three conferences.

# %% explore="survey"
published.survey(cost.efficiency_survey())

# %% [markdown]
# ## 3 · D: what more data buys
#
# Now your own study. We keep three sets apart: digits to **train** on, digits for **validation** (to compare and to choose by), and **test** digits, which we touch once, at the end
# of section 4.

# %% given="study"
digits = data.for_lab(lab)
HELD = len(digits.test_x)
practice = digits.train_x[:-HELD], digits.train_y[:-HELD]
validation = digits.train_x[-HELD:], digits.train_y[-HELD:]
ALL = len(practice[0])
SEEDS = range(lab.choose(in_class=3, paper=5))
RECIPE = {"epochs": 20, "batch": 50, "lr": 2e-3}
WIDTH = 64  # of the hidden layer
wrong = {}  # by number of training digits, the error in % of each seed


def accuracy(model, images, labels):
    """Percent of the images that the model puts in the right class."""
    return 100 * (1 - train.errors(model, images, labels) / len(images))


def macs_of(width):
    """Multiply-adds of each layer of a network 784-width-10, for one digit."""
    return [784 * width, width * 10]


def some_digits(size, seed):
    """`size` of the training digits, drawn at random."""
    rows = torch.randperm(ALL, generator=lab.generator(100 + seed))[:size].to(lab.device)
    return practice[0][rows], practice[1][rows]


def study(size):
    """Train a network on `size` digits, once for each seed; keep the errors."""
    wrong[size] = []
    for seed in SEEDS:
        model = zoo.mlp(784, WIDTH, 10, generator=lab.generator(seed))
        pairs = some_digits(size, seed)
        train.fit(model, pairs, generator=lab.generator(200 + seed), **RECIPE)
        wrong[size].append(100 - accuracy(model, *validation))


# %% [markdown] exercise="power_law" minutes=8 difficulty=2
# ### Exercise 4 · A power law
#
# Errors often fall with the number $n$ of training examples as
#
# $$\text{error}(n) = a \cdot n^{-b} \qquad\Longleftrightarrow\qquad \log \text{error} = \log a - b \log n,$$
#
# a straight line when both axes are logarithmic.
#
# **Write** `power_law(sizes, errors)`: fit the straight line through the logarithms of both, by least squares, and return the pair `(a, b)`: the scale `a` and the exponent `b`,
# which is positive when errors fall.
#
# <details><summary>Hint 1 · "Where do I begin?"</summary>
#
# Call log *n* x, and log error y. The formula on the right is then a straight line: what is its slope, what is its height at x = 0?
# </details>
# <details><summary>Hint 2 · "What fits a straight line?"</summary>
#
# numpy's `polyfit`, of degree 1, gives slope and intercept, in this order. Which sign has the slope when errors fall, and which has $b$?
# </details>
# <details><summary>Hint 3 · "My scale is a small number like 4.6"</summary>
#
# The intercept is $\log a$. What undoes the logarithm that you took?
# </details>


# %% solution="power_law" without="greenlab.studies.power_law"
def power_law(sizes, errors):
    """(a, b) of error = a · n^(−b): the line through the logarithms, by least squares."""
    ### BEGIN SOLUTION
    slope, intercept = np.polyfit(np.log(sizes), np.log(errors), 1)
    return np.exp(intercept), -slope
    ### END SOLUTION


# %% tests="power_law" points=3
check.own_work(power_law, without="greenlab.studies.power_law")
sizes = [100, 200, 400, 800]
errors = [100 * n**-0.5 for n in sizes]
what, slip = "power_law of errors 100 · n^(−0.5)", fits.power_law(sizes, errors)
check.close(power_law(sizes, errors), (100, 0.5), what, slip)
sizes, errors = [50, 50, 400, 1000, 3000], [40.0, 44.0, 21.0, 15.0, 11.0]
right, slip = cost.power_law(sizes, errors), fits.power_law(sizes, errors)
check.close(power_law(sizes, errors), right, "power_law of five runs", slip)
check.passed("Exercise 4")
### BEGIN HIDDEN TESTS
sizes = [10, 30, 1000, 20_000]
errors = [0.8 * n**-0.12 for n in sizes]
what, slip = "power_law of errors 0.8 · n^(−0.12)", fits.power_law(sizes, errors)
check.close(power_law(sizes, errors), (0.8, 0.12), what, slip)
sizes, errors = np.array([64.0, 128.0, 512.0, 512.0]), np.array([9.0, 5.0, 2.5, 2.0])
right, slip = cost.power_law(sizes, errors), fits.power_law(sizes, errors)
check.close(power_law(sizes, errors), right, "power_law of arrays", slip)
### END HIDDEN TESTS

# %% checkpoint="power_law"
# Stuck on Exercise 4? Delete the "# " of the next line, run this cell and go on.
# from greenlab.studies import power_law

# %% [markdown]
# We train a network with one hidden layer on more and more digits, and fit all sizes **but the largest**. Every size gets 20 epochs, so few digits also mean few updates. Beside your
# straight line stands a curve with one number more, an *asymptote* that errors never go below. Both are fitted alike, by least squares of the logarithms. Then we look at the size that neither has
# seen.
#
# ### Predict 3
#
# Each size is twice the one before. How much of the error does a doubling take away? How many times as much data would halve the error?
#
# *My prediction:*
#
# **Experiment:** Your learning curve, and two ways to go on.

# %% explore="learning_curve"
SIZES = [ALL // 2**k for k in range(6, -1, -1)]
for size in train.progress(SIZES, "training on more digits"):
    study(size)
seen = SIZES[:-1]
points = [size for size in seen for _ in SEEDS], [e for size in seen for e in wrong[size]]
line, law = power_law(*points), cost.learning_curve(*points)
figures.learning_curve(wrong, line, law, seen[-1])

# %% [markdown]
# Whiskers run from the luckiest to the unluckiest seed. The curve with one number more fits better what it has seen. Which of the two was nearer at the size that neither had seen? Check with
# your numbers: a better fit isn't a better prediction, for the additional number also fits the chance in a few small runs. Four times further on, at the right end, how far apart are they? A
# learning curve tells well what *half* the data would have done, and only roughly what twice the data will do.
#
# ## 4 · H: what was tried before
#
# A table shows the best result. It seldom shows how many were tried. You will try two kinds of models, both for five epochs, by **random search**:
#
# - *linear*: pixels straight to the ten classes. Learning rate and batch size are drawn at random;
# - *network*: one hidden layer. Its width is drawn, too.

# %% [markdown] exercise="log_uniform" minutes=6 difficulty=2
# ### Exercise 5 · Draw on a logarithmic scale
#
# Is the best learning rate 0.0003 or 0.03? Nobody knows beforehand, so each *decade* should get as many draws as any other: the **logarithm** of the draw is uniform between
# the logarithms of `low` and `high`.
#
# **Write** `log_uniform(low, high, n, generator)`: `n` such draws. Take randomness from the generator that you are given: `torch.rand(n, generator=generator)` is uniform between 0 and 1.
#
# <details><summary>Hint 1 · "Nearly all my draws are large"</summary>
#
# `low + (high − low) * u` is uniform on the plain scale: 90 % of the draws from 0.0001 to 1 lie above 0.1. Do the same with the logarithms.
# </details>
# <details><summary>Hint 2 · "My draws are negative"</summary>
#
# They are still logarithms. Undo it: `torch.exp` undoes the natural logarithm.
# </details>
# <details><summary>Hint 3 · "What do I write?"</summary>
#
# With `u` from `torch.rand`: the exponential of `log(low) + (log(high) − log(low)) * u`. Python's `math.log` is there after `import math`; `np.log` is, too.
# </details>


# %% solution="log_uniform" without="greenlab.search.log_uniform"
def log_uniform(low, high, n, generator):
    """n random draws whose logarithm is uniform from log low to log high."""
    ### BEGIN SOLUTION
    u = torch.rand(n, generator=generator)
    return torch.exp(np.log(low) + (np.log(high) - np.log(low)) * u)
    ### END SOLUTION


# %% tests="log_uniform" points=2
check.own_work(log_uniform, without="greenlab.search.log_uniform")
what, g = "log_uniform(1e-4, 1, 4000, generator)", torch.Generator().manual_seed(1)
draws = fits.numbers(log_uniform(1e-4, 1.0, 4000, g), 4000, what)
got, slip = fits.shares(draws, 1e-4, 1.0, 4), fits.log_uniform(1e-4, 1.0, 4)
check.close(got, [0.25] * 4, f"the share of each of the four decades in {what}", slip, tol=0.04)
next_draws = fits.numbers(log_uniform(1e-4, 1.0, 4000, g), 4000, what)
again = log_uniform(1e-4, 1.0, 4000, torch.Generator().manual_seed(1))
check.that(
    np.allclose(fits.numbers(again, 4000, what), draws),
    "The same seed gives other draws.\n  Likely mistake: they don't come from the generator that "
    "is given; torch.rand(n, generator=generator) does.",
)
check.that(
    not np.allclose(next_draws, draws),
    "Two calls with one generator give the same draws.\n  Likely mistake: a seed is set inside the "
    "function, or nothing is random.",
)
check.passed("Exercise 5")
### BEGIN HIDDEN TESTS
what, g = "log_uniform(8, 512, 4800, generator)", torch.Generator().manual_seed(2)
draws = fits.numbers(log_uniform(8, 512, 4800, g), 4800, what)
got, slip = fits.shares(draws, 8, 512, 12), fits.log_uniform(8, 512, 12)
check.close(got, [1 / 12] * 12, f"the share of each of 12 parts in {what}", slip, tol=0.025)
what = "log_uniform(0.1, 0.2, 3, generator)"
fits.shares(fits.numbers(log_uniform(0.1, 0.2, 3, g), 3, what), 0.1, 0.2, 2)
### END HIDDEN TESTS

# %% checkpoint="log_uniform"
# Stuck on Exercise 5? Delete the "# " of the next line, run this cell and go on.
# from greenlab.search import log_uniform

# %% [markdown]
# ### Predict 4
#
# The learning rate goes from 0.0001 to 1. Which of the two models is more *sensitive* to it? Which will win if each gets a *single* trial?
#
# *My prediction:*
#
# **Experiment:** Run the next two cells.

# %% given="search"
TRIALS = lab.choose(in_class=24, paper=60)
SEARCH = {"epochs": 5}
BATCHES = (50, 100, 200)
trials = {"linear": [], "network": []}  # of each kind, the settings of each trial and its accuracy


def layers_of(kind, settings):
    """Multiply-adds of each layer, for one digit."""
    return macs_of(settings["width"]) if kind == "network" else [784 * 10]


def trial(kind, settings, seed, size=ALL):
    """A model of this kind, trained with these settings on `size` digits."""
    hidden = [settings["width"]] if kind == "network" else []
    model = zoo.mlp(784, *hidden, 10, generator=lab.generator(400 + seed))
    options = {"lr": settings["learning rate"], "batch": settings["batch"]}
    pairs = some_digits(size, seed)
    with suppress(ValueError):  # a loss that isn't finite: the trial failed, and was paid for
        train.fit(model, pairs, generator=lab.generator(500 + seed), **options, **SEARCH)
    return model


# %% explore="random_search"
models_tried = {kind: [] for kind in trials}
for kind, runs in trials.items():
    g = lab.generator(300)
    drawn = {
        "learning rate": [float(rate) for rate in log_uniform(1e-4, 1.0, TRIALS, g)],
        "batch": [BATCHES[i] for i in torch.randint(len(BATCHES), (TRIALS,), generator=g)],
    }
    if kind == "network":
        drawn["width"] = [round(float(width)) for width in log_uniform(8, 256, TRIALS, g)]
    for i in train.progress(range(TRIALS), f"{kind} trials"):
        settings = {name: values[i] for name, values in drawn.items()}
        model = trial(kind, settings, i)
        models_tried[kind].append(model)
        runs.append(settings | {"accuracy": accuracy(model, *validation)})
results = {kind: [run["accuracy"] for run in runs] for kind, runs in trials.items()}
for kind, found in results.items():
    print(f"{kind}: worst {min(found):.1f}%, mean {np.mean(found):.1f}%, best {max(found):.1f}%")

# %% [markdown]
# **Experiment:** How much does each hyperparameter matter? In the random trials all of them change at once. So we take the best trial of each kind and change **one** at a time; the others are
# kept, and the seed, too.

# %% explore="sensitivity"
GRIDS = {
    "learning rate": (1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 0.1, 0.3, 1.0),
    "batch": BATCHES,
    "width": (8, 32, 128, 256),
}
around = {}
for kind, runs in trials.items():
    i = results[kind].index(max(results[kind]))
    best_run = runs[i]
    names = [name for name in GRIDS if name in best_run]
    around[kind] = {name: [] for name in names}
    cases = [(name, value) for name in names for value in GRIDS[name]]
    for name, value in train.progress(cases, f"around the best {kind}"):
        model = trial(kind, best_run | {name: value}, seed=i)
        around[kind][name].append((value, accuracy(model, *validation)))
figures.sensitivity(trials, around)

# %% [markdown]
# A result that holds over a wide range of settings is cheap for those who come after you; one that needs a lucky learning rate costs each of them a search. That is why the paper asks for
# sensitivity to hyperparameters beside training time.

# %% [markdown] exercise="expected_best" minutes=9 difficulty=3
# ### Exercise 6 · The expected best of n
#
# You ran $N$ trials. Had you had the budget for only $n$, how good would the best of them be, **on average**? Following Dodge and colleagues (2019), draw $n$ trials at random from your $N$ results, *with
# replacement*. Sort the results, $v_1 \le v_2 \le \dots \le v_N$. All $n$ draws are at most $v_i$ with probability
#
# $$P(\text{best} \le v_i) = \left(\frac{i}{N}\right)^n, \qquad \text{so} \qquad E[\text{best}] = \sum_{i=1}^N v_i \left[\left(\frac{i}{N}\right)^n - \left(\frac{i-1}{N}\right)^n\right].$$
#
# **Write** `expected_best(n, scores)`. Higher scores are better; `scores` come in any order, and stay as they are.
#
# <details><summary>Hint 1 · "What should n = 1 give?"</summary>
#
# The mean of the scores: one trial, on average. And a large n comes near the best one.
# </details>
# <details><summary>Hint 2 · "I am off for n = 1 already"</summary>
#
# Python counts from 0, the formula from 1: `enumerate(sorted(scores), 1)`. And take the *step*, not only the first power.
# </details>
# <details><summary>Hint 3 · "n = 1 is right, others aren't"</summary>
#
# The powers are taken first, then their difference: `(i / N) ** n - ((i - 1) / N) ** n`. Are the scores sorted from low to high?
# </details>


# %% solution="expected_best" without="greenlab.studies.expected_best"
def expected_best(n, scores):
    """Expected best of n trials drawn with replacement from the scores."""
    ### BEGIN SOLUTION
    N = len(scores)
    ranked = enumerate(sorted(scores), 1)
    return sum(v * ((i / N) ** n - ((i - 1) / N) ** n) for i, v in ranked)
    ### END SOLUTION


# %% tests="expected_best" points=3
check.own_work(expected_best, without="greenlab.studies.expected_best")
check.own_work(expected_best, without="greenlab.studies.best_of")
scores = [84.0, 62.0, 90.0, 71.0]
what = f"expected_best(2, {scores})"
fits.steady(expected_best(2, scores), expected_best(2, scores), what)
for n, right in ((1, 76.75), (2, (62 + 3 * 71 + 5 * 84 + 7 * 90) / 16)):
    slip = fits.expected_best(n, scores)
    check.close(expected_best(n, scores), right, f"expected_best({n}, {scores})", slip)
check.that(scores == [84.0, 62.0, 90.0, 71.0], "expected_best sorts its scores: use sorted(…).")
check.passed("Exercise 6")
### BEGIN HIDDEN TESTS
scores = [0.3, 0.9, 0.9, 0.1, 0.5]
triples = [max(a, b, c) for a in scores for b in scores for c in scores]
what, slip = f"expected_best(3, {scores})", fits.expected_best(3, scores)
check.close(expected_best(3, scores), sum(triples) / len(triples), what, slip)
scores = (70 + 25 * torch.rand(24, generator=torch.Generator().manual_seed(6))).tolist()
for n in (5, 24, 200):
    right, slip = cost.expected_best(n, scores), fits.expected_best(n, scores)
    check.close(expected_best(n, scores), right, f"expected_best({n}, 24 scores)", slip)
check.close(expected_best(3, [80.0]), 80, "expected_best(3, [80.0])")
check.close(expected_best(2, [-5.0, -1.0]), -2, "expected_best(2, [-5.0, -1.0])")
### END HIDDEN TESTS

# %% checkpoint="expected_best"
# Stuck on Exercise 6? Delete the "# " of the next line, run this cell and go on.
# from greenlab.studies import expected_best

# %% [markdown]
# **Experiment:** Your curves of expected best, and the only look at the test digits.

# %% explore="best_of_n"
figures.best_of_trials(results, "validation accuracy in %", expected_best)
for kind, found in results.items():
    means = ", ".join(f"{expected_best(n, found):.1f}% for {n}" for n in (1, 2, 5, 20))
    print(f"{kind}, expected best by number of trials: {means}")
for kind, found in results.items():
    winner = models_tried[kind][found.index(max(found))]
    once = accuracy(winner, digits.test_x, digits.test_y)
    chance = (once * (100 - once) / HELD) ** 0.5  # of a share counted on so many digits
    print(f"{kind}, the best of {TRIALS}: {max(found):.2f}% in validation, {once:.2f}% in test")
    print(f"  (one standard deviation for {HELD:,} digits: {chance:.2f} points)")

# %% [markdown]
# The band holds 80 % of the cases. (Drawing *without* replacement gives another, slightly higher curve, that ends at the best result seen; whoever reports such a curve should say which.)
# In validation the chosen score is optimistic: the trial was chosen because it did well on these very digits. The test digits had no part in the choice; but they are a sample, too, and tell an
# accuracy only to about the standard deviation that is printed.

# %% [markdown] exercise="which_model" minutes=7 difficulty=2
# ### Answer 1 · Which model is better?
#
# In at most eight sentences, with numbers from the last two figures: which of the two models would you recommend to someone with the budget for 1 trial, for 5, for 20? Which hyperparameter is the network most
# sensitive to, and the linear model? A paper compares its network after 24 trials with a linear model after 1, and reports the difference. What is wrong with that, and what should its table say?

# %% [markdown] answer="which_model" points=3
# ### BEGIN SOLUTION
# With one trial I would recommend the linear model: 89.0 % is expected of it, 81.1 % of the network. With two they are level (90.4 and 90.5); with 5 the network leads by
# 93.5 to 91.2, with 20 by 94.7 to 91.6. The network is most sensitive to the learning rate: with the rest of its best trial kept, it goes from 33.6 % to 94.5 %; width and batch move it by
# less than 4 points each. For the linear model, too, the learning rate matters most, but it goes from 72.6 to 91.6 % and never fails. The paper's comparison shows
# 94.7 against 89.0, 5.7 points; with 24 trials each it is 94.7 against 91.6: nearly half of its gain is the larger budget. Its table should give both models the same number of trials, say
# how many and from which ranges they were drawn, and show the expected best at several budgets, not only the last.
#
# === BEGIN MARK SCHEME ===
# - 1 point: the recommendation depends on the budget, with numbers of the figure: linear at 1, level at about 2, network from there on (or what the student's own run shows).
# - 1 point: sensitivity: the learning rate most, for the network far more than for the linear model, with a number; width and batch less.
# - 1 point: unequal budgets make part of the difference; same n for both, and the number of trials, the ranges and the expected best (or its curve) reported.
# === END MARK SCHEME ===
# ### END SOLUTION

# %% [markdown]
# ## 5 · E · D · H: the price of a result
#
# Now the product. With the curve of expected best you can say what an accuracy *costs*: how many trials until you may expect it, times what each trial takes.

# %% [markdown] exercise="cost_to_reach" minutes=7 difficulty=2
# ### Exercise 7 · What an accuracy costs
#
# **Write** `cost_to_reach(target, scores, example, data, most=1000)`: the product $E \cdot D \cdot H$, where
#
# - $E$ is `example`, the FLOPs of training on one example,
# - $D$ is `data`, how many examples one trial goes through (all epochs),
# - $H$ is the **smallest** number $n$ of trials for which `expected_best(n, scores)` is at least `target`.
#
# If even `most` trials aren't expected to reach the target, return `float("inf")`.
#
# <details><summary>Hint 1 · "How do I find H?"</summary>
#
# Try n = 1, 2, 3, … and stop at the first that is enough.
# </details>
# <details><summary>Hint 2 · "How far should n go? With `len(scores)` trials I miss the target"</summary>
#
# We draw with replacement, so n may be larger than the number of scores. But the expected best never beats the best score that was seen, so some targets are never reached: `most`, itself
# included, is where you give up.
# </details>
# <details><summary>Hint 3 · "Where does the inf come?"</summary>
#
# After the loop: whoever arrives there has not returned from inside it.
# </details>


# %% solution="cost_to_reach" without="greenlab.cost.cost_to_reach"
def cost_to_reach(target, scores, example, data, most=1000):
    """E · D · H with H the trials until their expected best is the target; inf if never."""
    ### BEGIN SOLUTION
    for n in range(1, most + 1):
        if expected_best(n, scores) >= target:
            return example * data * n
    return float("inf")
    ### END SOLUTION


# %% tests="cost_to_reach" points=3
check.own_work(cost_to_reach, without="greenlab.cost.cost_to_reach")
scores = [71.0, 62.0, 84.0, 90.0]
for target, hyper in ((76.0, 1), (80.0, 2), (87.5, 5), (76.75, 1)):  # 76.75 is the mean
    right, slip = 300 * 4000 * hyper, slips.cost_to_reach(target, scores, 300, 4000)
    what = f"cost_to_reach({target:g}, {scores}, example=300, data=4000)"
    check.close(cost_to_reach(target, scores, 300, 4000), right, what, slip)
for target, most in ((90.5, 1000), (80.0, 1)):
    what = f"cost_to_reach({target:g}, {scores}, 300, 4000, most={most})"
    slip = slips.cost_to_reach(target, scores, 300, 4000, most)
    got = cost_to_reach(target, scores, 300, 4000, most)
    check.that(
        got is not None,
        f"{what} gave None.\n  Likely mistake: after the loop nothing is returned; it should be "
        "return float('inf').",
    )
    check.close(got, float("inf"), what, slip)
what, slip = "cost_to_reach(80, …, most=2)", slips.cost_to_reach(80, scores, 300, 4000, 2)
check.close(cost_to_reach(80, scores, 300, 4000, most=2), 2_400_000, what, slip)
check.passed("Exercise 7")
### BEGIN HIDDEN TESTS
scores = [0.9, 0.3, 0.1, 0.5, 0.9, 0.2]
for target in (0.45, 0.6, 0.83, 0.88):
    right = cost.cost_to_reach(target, scores, 2e6, 30_000)
    slip = slips.cost_to_reach(target, scores, 2e6, 30_000)
    what = f"cost_to_reach({target:g}, {scores}, 2e6, 30000)"
    check.close(cost_to_reach(target, scores, 2e6, 30_000) / 1e9, right / 1e9, what, {
        name: value / 1e9 for name, value in slip.items()
    })  # fmt: skip
slip = slips.cost_to_reach(0.88, scores, 2, 3, 4)
what, got = f"cost_to_reach(0.88, {scores}, 2, 3, most=4)", cost_to_reach(0.88, scores, 2, 3, 4)
check.close(got, float("inf"), what, slip)
hyper = int(cost.cost_to_reach(0.7, scores, 1, 1))
what, slip = "cost_to_reach with H just at most", slips.cost_to_reach(0.7, scores, 2, 3, hyper)
check.close(cost_to_reach(0.7, scores, 2, 3, most=hyper), 6 * hyper, what, slip)
### END HIDDEN TESTS

# %% checkpoint="cost_to_reach"
# Stuck on Exercise 7? Delete the "# " of the next line, run this cell and go on.
# from greenlab.cost import cost_to_reach

# %% [markdown]
# **Experiment:** What did the accuracies of section 4 cost, by your function?

# %% explore="prices"
example, one = {}, {}  # of each kind: FLOPs of one digit trained on, and of one trial
for kind, runs in trials.items():
    example[kind] = np.mean([flops_to_train(layers_of(kind, run), 1, 1) for run in runs])
    one[kind] = example[kind] * ALL * SEARCH["epochs"]
goals = (90, 91, 91.5, 92, 94)
figures.prices(
    goals,
    {
        kind: [
            cost_to_reach(goal, results[kind], example[kind], ALL * SEARCH["epochs"])
            for goal in goals
        ]
        for kind in trials
    },
    one,
)

# %% [markdown]
# Trials are whole: where several accuracies have the same price, one more trial takes the model past all of them.
#
# ### Predict 5
#
# Now spend ten times as much. You start from a network of 8 hidden units, a tenth of the digits, and one trial with a random learning rate (5 epochs, as in section 4). You can have a
# network ten times as wide (E), ten times the digits (D), or ten trials and keep the best (H). Which buys most accuracy? And after those ten trials, which buys most *next*?
#
# *My prediction:*
#
# **Experiment:** From a common start, raise one factor at a time.

# %% explore="ten_times"
WIDTHS, AMOUNTS = (8, 25, 80), (ALL // 10, round(ALL / 10**0.5), ALL)
cases = [(width, AMOUNTS[0]) for width in WIDTHS] + [(WIDTHS[0], size) for size in AMOUNTS[1:]]
rates = [float(rate) for rate in log_uniform(1e-4, 1.0, TRIALS, lab.generator(700))]
found = {case: [] for case in cases}  # by width and digits, the accuracy with each learning rate
for case, rate in train.progress([(c, r) for c in cases for r in rates], "ten times as much"):
    width, size = case
    settings = {"learning rate": rate, "batch": 50, "width": width}
    model = trial("network", settings, rates.index(rate), size)
    found[case].append(accuracy(model, *validation))


def point(width, size, n):
    """(E · D · H, expected accuracy) of the best of n trials."""
    edh = flops_to_train(macs_of(width), size, SEARCH["epochs"]) * n
    return edh, expected_best(n, found[width, size])


small, few = cases[0]
figures.accuracy_against_edh(
    {
        start: {
            "E: a wider network": [point(width, few, n) for width in WIDTHS],
            "D: more digits": [point(small, size, n) for size in AMOUNTS],
            "H: more random trials": [point(small, few, k) for k in range(n, TRIALS + 1)],
        }
        for start, n in (("one trial", 1), ("ten trials", 10))
    }
)

# %% [markdown]
# The words below the figure answer Predict 5. A single random learning rate often fails, so at first more trials buy most. Once a good one is among them, further trials buy little, and
# more digits or a wider network lift what the best trial can reach. What buys most depends on where you stand. And the lines flatten: on this axis even a straight one would mean another
# *factor* of cost for every further point.
#
# FLOPs don't depend on the machine: that is why the paper proposes them. But nobody pays for FLOPs.
#
# **Experiment:** The next cell meters three trainings.

# %% explore="meter"
devices = [torch.device("cpu")]
if lab.device.type == "cpu":
    print("No GPU here: this is the CPU alone.")
else:
    devices.insert(0, lab.device)
metered = []
for device in devices:
    pairs = practice[0].to(device), practice[1].to(device)
    for width in (4, 64, 512):
        model = zoo.mlp(784, width, 10, generator=lab.generator())
        train.fit(model, pairs, epochs=1, generator=lab.generator(600))  # to warm up
        with Meter() as meter:
            train.fit(model, pairs, generator=lab.generator(601), **{"epochs": 3, "batch": 100})
        name = f"784-{width}-10, 3 epochs on {device.type}"
        metered.append((name, flops_to_train(macs_of(width), ALL, 3), meter.reading))
figures.seconds_and_joules(metered)

# %% [markdown]
# Small networks don't get cheaper in proportion: reading the digits, starting each operation and the optimizer's work take their time whatever the width. FPO counts none of it, nor memory,
# nor the idle machine. A fair report gives both: FPO, which others can compare, and time or energy, which somebody paid. Where it says *estimated*, the joules
# are CPU seconds times an assumed range of watts a busy core, not a measurement. (The range: a processor's full power shared by its cores, from 15 W over 4 cores to 125 W over 8.)
#
# ## 6 · The trend
#
# The post *AI and Compute* (2018) collected the compute that trained well-known results since 2012. Its "petaflop/s-day" is $10^{15}$ operations a second, for a day.

# %% [markdown] exercise="doubling_months" minutes=6 difficulty=2
# ### Exercise 8 · Months to double
#
# If an amount doubles every $m$ months, $\log_2$ of it grows by one every $m$ months: a straight line.
#
# **Write** `doubling_months(years, amounts)`: fit a straight line, by least squares, through `log2` of the amounts against the years (such as 2014.7), and return the **months** that a doubling takes.
#
# <details><summary>Hint 1 · "What is the slope?"</summary>
#
# With `np.log2`, it is the number of doublings in a *year*.
# </details>
# <details><summary>Hint 2 · "I took np.log"</summary>
#
# Then the slope is ln 2 times the doublings in a year. `np.log2` saves you the conversion.
# </details>
# <details><summary>Hint 3 · "From doublings a year to months?"</summary>
#
# Three doublings a year are one every 12 / 3 = 4 months.
# </details>


# %% solution="doubling_months" without="greenlab.studies.doubling_months"
def doubling_months(years, amounts):
    """Months to double, by a straight line through log2 of the amounts."""
    ### BEGIN SOLUTION
    doublings_a_year, _ = np.polyfit(years, np.log2(amounts), 1)
    return 12 / doublings_a_year
    ### END SOLUTION


# %% tests="doubling_months" points=2
check.own_work(doubling_months, without="greenlab.studies.doubling_months")
check.own_work(doubling_months, without="greenlab.studies.doubling_time")
years, amounts = [2012.0, 2013.0, 2015.0], [1.0, 8.0, 512.0]
what, slip = f"doubling_months({years}, {amounts})", fits.doubling_months(years, amounts)
check.close(doubling_months(years, amounts), 4, what, slip)
years, amounts = [2012.5, 2013.0, 2014.5, 2016.0], [0.002, 0.03, 0.05, 4.0]
right, slip = cost.doubling_months(years, amounts), fits.doubling_months(years, amounts)
check.close(doubling_months(years, amounts), right, "doubling_months of four results", slip)
check.passed("Exercise 8")
### BEGIN HIDDEN TESTS
years = [1990.0, 1996.0, 2000.0, 2010.0]
amounts = [3 * 2 ** ((year - 1990) / 2) for year in years]
what, slip = "doubling_months of what doubles every two years", fits.doubling_months(years, amounts)
check.close(doubling_months(years, amounts), 24, what, slip)
years, amounts = np.array([2017.2, 2012.9, 2014.0]), np.array([90.0, 0.01, 0.5])
right, slip = cost.doubling_months(years, amounts), fits.doubling_months(years, amounts)
check.close(doubling_months(years, amounts), right, "doubling_months of unsorted arrays", slip)
### END HIDDEN TESTS

# %% checkpoint="doubling_months"
# Stuck on Exercise 8? Delete the "# " of the next line, run this cell and go on.
# from greenlab.studies import doubling_months

# %% [markdown]
# **Experiment:** The trend, by your function.

# %% explore="compute_trend"
rows = cost.training_compute()
headline = [row for row in rows if row.kind == "headline"]
years, amounts = [row.year for row in headline], [row.pfs_days for row in headline]
published.compute_trend(rows, cost.doubling_time(years, amounts))
print(f"Yours: one doubling in {doubling_months(years, amounts):.1f} months.")
row = max(headline, key=lambda row: row.year)
print(f"The source of each amount, such as {row.model}'s: {row.calculation} ({row.paper}).")

# %% [markdown]
# `cost.training_compute()` holds each amount with its calculation and its paper. The post's chart has a few more points without printed numbers, and says 3.4 months. Sevilla and colleagues (2022)
# found 5.7 months over 2012–2022 for a larger sample. Look at the interval, at the orange marks, and at who chose the points: how sure is "the" doubling time?

# %% [markdown] exercise="fair_report" minutes=8 difficulty=2
# ### Answer 2 · A plan for a fair report of cost
#
# You have a new method and must compare it with a baseline in a paper. In at most eight sentences or bullets, with two numbers from this lab as examples (at home, if the class is over): what will you count for each of
# **E**, **D** and **H**, and in which unit? What will you measure besides? How will you show the sensitivity to hyperparameters, and keep the comparison fair? What will your numbers still not tell?

# %% [markdown] answer="fair_report" points=4
# ### BEGIN SOLUTION
# E: multiply-adds of one example by a counter, and FLOPs as twice that; forward for an answer, forward and backward for training. D: training examples and epochs, and the error at several
# sizes (here half the error takes about 7 times the data). H: every training run that led to the result, failed ones and pilots too, with the ranges; the price is the whole sum: here 94 % is
# expected only after 8 trials, 5.5 × 10¹⁰ FLOPs. Besides: seconds and joules on named hardware, with the method and its range, because FLOPs are not time: in the metering cell 128 times the
# FLOPs took 7 times the seconds. Sensitivity: each hyperparameter turned alone around the best trial (learning rate: 33.6 to 94.5 %), and the spread over seeds. Fair: for the baseline the same
# data, the same number of trials from ranges as wide, and the expected best of both at several n; choices by validation, test digits once (the linear model's 91.75 % in validation were 90.20 %
# in test). What it won't tell: memory, the making of the hardware, ideas dropped before, how often the model will be asked later.
#
# === BEGIN MARK SCHEME ===
# - 1 point: E, D and H each with what is counted and the unit (MAC or FLOP said; forward and backward; examples and epochs; all trials, failed ones too).
# - 1 point: something measured besides FLOPs (time or energy, with hardware and method), and why FLOPs alone don't do.
# - 1 point: sensitivity (per hyperparameter, or expected best by n, or spread of trials) AND seeds or another spread.
# - 1 point: a fair baseline (same budget of trials, same data, validation apart from test), one limit named, and two numbers or figures of the lab used.
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
