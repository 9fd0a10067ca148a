# %% [markdown]
# # Lab 3 · Model compression
#
# **What you will do.** Many models together often answer better than one, and cost far more to ask than one small net does. Buciluă, Caruana and Niculescu-Mizil (2006) move what such an ensemble knows into
# one small net: the ensemble labels as many points as you like, and the net learns from these. Where do the points come from? You select an ensemble, make points in the paper's three ways, train
# students, redraw the paper's two figures, and measure what the student saves, in seconds, bytes and joules.
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
# The paper: C. Buciluă, R. Caruana, A. Niculescu-Mizil, *Model Compression*, KDD 2006. It averages eight problems; four of them aren't public, or exist in several versions. We work on its two letter
# problems, so compare the *pattern* of our figures with the paper's, and our numbers with each other.

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

import time

import numpy as np
import torch
from torch.nn import functional as F

from greenlab import check, compressing, data, students, synth, train
from greenlab import mimic as package  # to check your answers against
from greenlab.check import compression as slips
from greenlab.check import pairs, passes, synthetic
from greenlab.energy import Meter
from greenlab.plots import compression as figures
from greenlab.zoo import recorded, selected

lab = greenlab.setup(seed=0)

# %% [markdown]
# The line above says what was chosen for you. The nets of this lab are so small that they train on the CPU even where there is a GPU.
#
# ## 1 · A teacher from a library
#
# The data: 20,000 pictures of capital letters, described by 16 numbers each (none of them *nominal*, that is, a category such as a color), scaled to [0, 1]. Two problems of two classes: in **letter.p1** class 1 is the letter O, in **letter.p2** it is the
# letters A to M. 4,000 points are for training, 1,000 for choosing the models ("hill climbing": step by step, whatever helps most), the others for testing.
#
# The **library**: 108 models of nine families, trained on the 4,000 points with many settings, good and bad. For each we ship what it answers for the other points: a probability of class 1.
# `library.climb` has the shape `(108, 1000)`, a row for each model; `library.test` is the same for the test points.

# %% given="library"
NAMES = ["letter.p1", "letter.p2"]
problems = {name: data.problem(name) for name in NAMES}
libraries = {name: recorded.shipped(name) for name in NAMES}
for name in NAMES:
    print(problems[name])
print(f"{len(libraries[NAMES[0]])} models for each, the first: {libraries[NAMES[0]].names[0]}")

# %% [markdown] exercise="rmse" minutes=4 difficulty=1
# ### Exercise 1 · How good is a probability?
#
# The paper's measure is the **root mean squared error** against targets $y_i$ that are 0 or 1:
#
# $$\text{RMSE} = \sqrt{\frac{1}{n} \sum_{i=1}^{n} (p_i - y_i)^2}$$
#
# A sure and wrong answer costs most; an answer of 0.5 costs 0.5 either way.
#
# **Write** `rmse(p, y)`. `y` has the shape `(n,)`. For one model's answers `p` `(n,)` return one number; for those of many, `(models, n)`, one for each: the mean goes over the **last** axis.
#
# <details><summary>Hint 1 · "Which comes first, the root or the mean?"</summary>
#
# Read the formula from the inside: difference, square, mean, root.
# </details>
# <details><summary>Hint 2 · "I get one number for all models"</summary>
#
# `.mean(-1)` takes the mean along the last axis only. For `(n,)` that is all there is.
# </details>
# <details><summary>Hint 3 · "Do the shapes fit?"</summary>
#
# `p - y` works for both: numpy lines up the last axes.
# </details>


# %% solution="rmse" without="greenlab.metrics.rmse"
def rmse(p, y):
    """Root mean squared error over the last axis."""
    ### BEGIN SOLUTION
    return np.sqrt(((p - y) ** 2).mean(-1))
    ### END SOLUTION


# %% tests="rmse" points=2
check.own_work(rmse, without="greenlab.metrics.rmse")
# By hand: the errors are 0.2, 0.4, 1 and 0; their squares' mean is 1.2 / 4.
answers, truth = np.array([0.2, 0.6, 1.0, 1.0]), np.array([0.0, 1.0, 0.0, 1.0])
what = "rmse([0.2, 0.6, 1, 1], [0, 1, 0, 1])"
check.close(rmse(answers, truth), 0.3**0.5, what, slips.rmse(answers, truth))
many, truth = slips.made_up(0, models=3, points=8)
what = "rmse(p, y) of 3 models and 8 points"
check.close(rmse(many, truth), package.rmse(many, truth), what, slips.rmse(many, truth))
check.passed("Exercise 1")
### BEGIN HIDDEN TESTS
many, truth = slips.made_up(1, models=5, points=31)
what = "rmse(p, y) of 5 models and 31 points"
check.close(rmse(many, truth), package.rmse(many, truth), what, slips.rmse(many, truth))
right = np.mean((many[2] - truth) ** 2) ** 0.5
check.close(rmse(many[2], truth), right, "rmse(p, y) of one model", slips.rmse(many[2], truth))
### END HIDDEN TESTS

# %% checkpoint="rmse"
# Stuck on Exercise 1? Delete the "# " of the next line, run this cell and go on.
# from greenlab.metrics import rmse

# %% [markdown] exercise="greedy_step" minutes=7 difficulty=2
# ### Exercise 2 · One model more
#
# The ensemble's answer is the mean of its models' answers. **Ensemble selection** (Caruana and others 2004) builds it step by step: of all models of the library, add the one that makes the best ensemble *together
# with those that are in already*, no matter how good it is alone. A model may be added again: so a good one gets more weight.
#
# **Write** `greedy_step(total, count, predictions, targets)`: the number of the model to add. `total` `(n,)` is the **sum** of the answers of the `count` models that are in (at the start both are 0);
# `predictions` `(models, n)` are those of the library. Leave `total` and `predictions` as they are. Model $m$ would make the mean
#
# $$\frac{\text{total} + p_m}{\text{count} + 1}$$
#
# <details><summary>Hint 1 · "One model or all at once?"</summary>
#
# `total + predictions` has a row for each model: all candidates' sums at once. A loop over the models is right, too.
# </details>
# <details><summary>Hint 2 · "How do I compare them?"</summary>
#
# With your `rmse`, which gives one number for each row.
# </details>
# <details><summary>Hint 3 · "How do I get the number of the best?"</summary>
#
# `np.argmin(…)` is the place of the least value; `np.min(…)` would be the value itself.
# </details>


# %% solution="greedy_step" without="greenlab.ensemble.greedy_step"
def greedy_step(total, count, predictions, targets):
    """The number of the model whose addition makes the best ensemble."""
    ### BEGIN SOLUTION
    means = (total + predictions) / (count + 1)
    return int(np.argmin(rmse(means, targets)))
    ### END SOLUTION


# %% tests="greedy_step" points=3
for form in ("ensemble.greedy_step", "ensemble.select", "ensemble.bagged"):
    check.own_work(greedy_step, without=f"greenlab.{form}")
for seed, members in ((27, []), (39, [3, 3, 7, 12]), (24, [3, 3, 7, 12]), (11, [24])):
    slips.chosen(greedy_step, seed, members)
check.passed("Exercise 2")
### BEGIN HIDDEN TESTS
for seed, members in ((8, [3, 3, 7, 12]), (15, [3, 3, 7, 12]), (5, [0, 1]), (6, [9])):
    slips.chosen(greedy_step, seed, members)
### END HIDDEN TESTS

# %% checkpoint="greedy_step"
# Stuck on Exercise 2? Delete the "# " of the next line, run this cell and go on.
# from greenlab.ensemble import greedy_step

# %% [markdown]
# Your step, again and again; the ensemble is the best one along the way, judged by the points for hill climbing. (The paper starts from the best few models, and averages several selections, each from a part of the library, so
# that luck decides less; we keep it plain, since averages take more models to ask.)
#
# ### Predict 1
#
# On letter.p2, which will be best on the test points: the best single model, the mean of all 108 models, or the selected ensemble? How many *different* models will be in it after 100 steps?
#
# *My prediction:*
#
# **Experiment:** run the next cell.


# %% explore="selection"
def climb(predictions, targets, steps=100):
    """The order in which greedy_step adds models, and how many of them make the best ensemble."""
    order, scores, total = [], [], np.zeros(predictions.shape[1])
    for count in range(steps):
        order.append(int(greedy_step(total, count, predictions, targets)))
        total = total + predictions[order[-1]]
        scores.append(float(rmse(total / (count + 1), targets)))
    return order, int(np.argmin(scores)) + 1


weights = {}
for name in NAMES:
    problem, library = problems[name], libraries[name]
    order, size = climb(library.climb, problem.climb_y)
    weights[name] = np.bincount(order[:size], minlength=len(library)) / size
    each = np.arange(1, len(order) + 1)[:, None]
    paths = {
        f"ensemble, {kind}": rmse(np.cumsum(part[order], 0) / each, truth)
        for kind, part, truth in (
            ("test points", library.test, problem.test_y),
            ("points for hill climbing", library.climb, problem.climb_y),
        )
    }
    best = int(np.argmin(rmse(library.climb, problem.climb_y)))
    lines = {
        "best single model": float(rmse(library.test[best], problem.test_y)),
        "mean of all 108": float(rmse(library.test.mean(0), problem.test_y)),
    }
    figures.selection(paths, lines, name)
    print(f"{name}: {np.count_nonzero(weights[name])} different models, {size} with repetition:")
    for m in np.argsort(-weights[name])[: np.count_nonzero(weights[name])]:
        print(
            f"  {weights[name][m]:5.1%} {library.names[m]:<30} RMSE alone "
            f"{float(rmse(library.test[m], problem.test_y)):.3f}"
        )

# %% [markdown]
# Look at the models that were chosen: some are poor alone. What matters is that their errors differ from those of the others. On both problems the points for hill climbing make the ensemble look too good: the models were chosen on just these points. The best single model suffers most
# (letter.p2: 0.178 for hill climbing, 0.206 on the test points). "Best" means best on the points for hill climbing: that is all you could know. On the test points others are better: on letter.p2 a boosted one of the list has 0.185, on letter.p1 an SVM is as good as the ensemble. Selection saves you from guessing which.
# Of letter.p1's 1,000 points for hill climbing only 38 are the letter O, so there luck has a large say.
#
# ## 2 · Points that nobody has labeled
#
# 4,000 points are few to learn from. But now there is a teacher who labels any point that you can make up. In the paper this is called synthetic data, made in three ways: RAND, NBE and MUNGE.

# %% [markdown] exercise="rand" minutes=5 difficulty=1
# ### Exercise 3 · RAND
#
# The simplest: each attribute of a new row gets the value that this attribute has in some real row, drawn at random, **with replacement**, and anew for each attribute. So each attribute alone is distributed as
# in the real data, and nothing is left of how they depend on each other.
#
# **Write** `rand(x, count, rng)`: new rows, shape `(count, d)`, from `x` of shape `(n, d)`. Draw everything from the generator `rng`.
#
# <details><summary>Hint 1 · "What do I draw?"</summary>
#
# Row numbers: `rng.integers(n, size=count)` are `count` of them. Anew for each attribute.
# </details>
# <details><summary>Hint 2 · "How do I put the columns together?"</summary>
#
# `np.stack([…], axis=1)` makes columns of a list; or fill `np.empty((count, d))` column by column.
# </details>
# <details><summary>Hint 3 · "Attributes are still correlated"</summary>
#
# Then one set of row numbers serves all columns. `rng.choice(x[:, a], count)` for each `a` has a draw of its own.
# </details>


# %% solution="rand" without="greenlab.synth.rand"
def rand(x, count, rng):
    """Each attribute by itself, from its values in x, with replacement."""
    ### BEGIN SOLUTION
    columns = [rng.choice(x[:, a], count) for a in range(x.shape[1])]
    return np.stack(columns, axis=1)
    ### END SOLUTION


# %% tests="rand" points=2
check.own_work(rand, without="greenlab.synth.rand")
synthetic.rand(rand, n=300, count=300, seed=1)
synthetic.rand(rand, n=60, count=1000, seed=2)
check.passed("Exercise 3")
### BEGIN HIDDEN TESTS
synthetic.rand(rand, n=500, count=400, seed=3)
synthetic.rand(rand, n=80, count=2000, seed=4)
### END HIDDEN TESTS

# %% checkpoint="rand"
# Stuck on Exercise 3? Delete the "# " of the next line, run this cell and go on.
# from greenlab.synth import rand

# %% [markdown]
# **NBE** (naive Bayes estimation) is the second way: fit a mixture of many simple distributions to the real rows, within each of which the attributes are independent, and draw from the mixture. `synth.nbe` does it.
#
# **MUNGE** is the paper's own. It makes no model of the data at all: it takes a copy $T'$ of the training rows, goes through it row by row, and lets each row $e$ exchange some of its attributes, not quite exactly, with its nearest
# neighbor $e'$. You write it in three short functions.

# %% [markdown] exercise="nearest_other" minutes=5 difficulty=1
# ### Exercise 4 · The neighbor
#
# **Write** `nearest_other(rows, i)`: the number of the row that is nearest to row `i`, by Euclidean distance, and is **not row `i` itself**. A row with the very same values is a neighbor, too, at distance 0. If several are equally near, take the first.
# Leave `rows` as they are. (Nominal attributes, such as "female", are coded 0 and 1 here: where they differ, that adds 1 to the squared distance.)
#
# <details><summary>Hint 1 · "It always finds i"</summary>
#
# Of course: its distance to itself is 0. Set that one distance to `np.inf` before you look for the least.
# </details>
# <details><summary>Hint 2 · "How do I get all distances at once?"</summary>
#
# `rows - rows[i]` has a row of differences for each row. Squares, summed over the last axis; the root changes nothing in the order.
# </details>
# <details><summary>Hint 3 · "np.delete gives me a wrong number"</summary>
#
# After deleting row `i` all later rows have moved up by one place.
# </details>


# %% solution="nearest_other" without="greenlab.mimic.nearest_other"
def nearest_other(rows, i):
    """The number of the row nearest to row i, not i itself."""
    ### BEGIN SOLUTION
    distance = np.linalg.norm(rows - rows[i], axis=1)
    distance[i] = np.inf
    return int(np.argmin(distance))
    ### END SOLUTION


# %% tests="nearest_other" points=2
check.own_work(nearest_other, without="greenlab.mimic.nearest_other")
points = np.random.default_rng(5).random((60, 6))
points[[9, 20]] = points[2]  # three equal rows
for i in (5, 2, 20, 23, 55):
    synthetic.neighbor(nearest_other, points, i)
check.passed("Exercise 4")
### BEGIN HIDDEN TESTS
points = np.random.default_rng(4).random((60, 6))
points[[9, 20]] = points[2]
for i in (1, 4, 14, 2, 9, 51):
    synthetic.neighbor(nearest_other, points, i)
### END HIDDEN TESTS

# %% checkpoint="nearest_other"
# Stuck on Exercise 4? Delete the "# " of the next line, run this cell and go on.
# from greenlab.mimic import nearest_other

# %% [markdown] exercise="munge_pair" minutes=10 difficulty=3
# ### Exercise 5 · A row and its neighbor
#
# The heart of MUNGE. For the row $e$ and its neighbor $e'$, toss a coin for **each attribute** $a$: with probability $p$ it changes, in both rows, else it stays, in both rows. If it changes:
#
# - a **continuous** attribute gets in each row a value near that of the *other*: with the old values $e_a$ and $e'_a$ and $sd = |e_a - e'_a| / s$,
#
# $$e_a \sim \mathcal{N}(e'_a, sd), \qquad e'_a \sim \mathcal{N}(e_a, sd)$$
#
# - a **nominal** attribute is swapped: each row gets the other's value.
#
# $\mathcal{N}(m, sd)$ is the normal distribution of mean $m$ and *standard deviation* $sd$. A large $s$ means little noise. A new value may fall a little outside [0, 1]; leave it.
#
# **Write** `munge_pair(rows, i, j, p, s, rng, nominal)`. It changes `rows[i]` and `rows[j]` in place; it need not return anything. `nominal` lists the numbers of the nominal attributes; the others are continuous.
#
# <details><summary>Hint 1 · "Only one of the rows comes out right"</summary>
#
# `rows[i]` is a *view*: what you write there is gone. Begin with `e, other = rows[i].copy(), rows[j].copy()` and compute everything from these old values.
# </details>
# <details><summary>Hint 2 · "How do I toss a coin?"</summary>
#
# `rng.random() < p` is true with probability `p`. One toss for each attribute; it holds for both rows.
# </details>
# <details><summary>Hint 3 · "How do I draw?"</summary>
#
# `rng.normal(mean, sd)`, once for each of the two rows: two different numbers.
# </details>


# %% solution="munge_pair" without="greenlab.mimic.munge_pair"
def munge_pair(rows, i, j, p, s, rng, nominal=()):
    """The step of MUNGE for the rows i and j, both changed in place."""
    ### BEGIN SOLUTION
    e, other = rows[i].copy(), rows[j].copy()
    for a in range(len(e)):
        if rng.random() < p:
            if a in nominal:
                rows[i, a], rows[j, a] = other[a], e[a]
            else:
                sd = abs(e[a] - other[a]) / s
                rows[i, a] = rng.normal(other[a], sd)
                rows[j, a] = rng.normal(e[a], sd)
    ### END SOLUTION


# %% tests="munge_pair" points=4
for form in ("mimic.munge_pair", "mimic.munge", "synth.munge", "synth.published", "munging.munge"):
    check.own_work(munge_pair, without=f"greenlab.{form}")
pairs.munge_pair(munge_pair, p=0.3, s=5, seed=1)
pairs.munge_pair(munge_pair, p=0.8, s=0.5, seed=2)
check.passed("Exercise 5")
### BEGIN HIDDEN TESTS
pairs.munge_pair(munge_pair, p=0.6, s=2, seed=3, pair=(4, 0))
pairs.munge_pair(munge_pair, p=0.15, s=10, seed=4, pair=(2, 1))
### END HIDDEN TESTS

# %% checkpoint="munge_pair"
# Stuck on Exercise 5? Delete the "# " of the next line, run this cell and go on.
# from greenlab.mimic import munge_pair

# %% [markdown] exercise="munge" minutes=7 difficulty=2
# ### Exercise 6 · All of MUNGE
#
# **Write** `munge(x, k, p, s, rng, nominal)`: `k` passes, each of which leaves one changed copy of all rows; below each other, shape `(k * n, d)`. In each pass:
#
# 1. $T'$, the rows of this pass, begins as a fresh copy of `x`;
# 2. for each row number `i` from the first to the last: find its nearest other row in $T'$ **as it is now** (earlier steps have changed it), and take the step for the pair.
#
# `x` itself stays as it is and is not part of the result.
#
# <details><summary>Hint 1 · "Where do I search?"</summary>
#
# In the copy that changes, not in `x`: `nearest_other(rows, i)`.
# </details>
# <details><summary>Hint 2 · "All my passes look alike"</summary>
#
# Then they are one array, put into the list `k` times. `rows = x.copy()` belongs inside the loop over the passes.
# </details>
# <details><summary>Hint 3 · "How do I put the passes together?"</summary>
#
# `copies.append(rows)` at the end of a pass, `np.concatenate(copies)` at the end of all.
# </details>


# %% solution="munge" without="greenlab.mimic.munge"
def munge(x, k, p, s, rng, nominal=()):
    """k passes of MUNGE through copies of x: (k · n, d)."""
    ### BEGIN SOLUTION
    copies = []
    for _ in range(k):
        rows = x.copy()
        for i in range(len(rows)):
            j = nearest_other(rows, i)
            munge_pair(rows, i, j, p, s, rng, nominal)
        copies.append(rows)
    return np.concatenate(copies)
    ### END SOLUTION


# %% tests="munge" points=3
for form in ("mimic.munge", "synth.munge", "synth.munge_loop", "munging.munge"):
    check.own_work(munge, without=f"greenlab.{form}")
passes.munge(munge, k=2, n=30, seed=1)
check.passed("Exercise 6")
### BEGIN HIDDEN TESTS
passes.munge(munge, k=1, n=25, seed=2)
passes.munge(munge, k=2, n=41, seed=3)
### END HIDDEN TESTS

# %% checkpoint="munge"
# Stuck on Exercise 6? Delete the "# " of the next line, run this cell and go on.
# from greenlab.mimic import munge

# %% given="noise"
P, S = 0.3, 5.0  # MUNGE's p and s in all experiments below; the paper does not print its own

# %% [markdown]
# ### Predict 2
#
# Real rows of two attributes that lie along a spiral. Where will the rows of RAND lie, where those of MUNGE?
#
# *My prediction:*
#
# **Experiment:** run the next cell. It also compares your `munge` with the package's on real letters. That one is written for speed; from here on we take it.

# %% explore="spiral"
rng = np.random.default_rng(lab.seed)
turn = rng.uniform(0.5, 3, 400) * np.pi
spiral = 0.5 + (0.05 * turn)[:, None] * np.stack([np.cos(turn), np.sin(turn)], 1)
spiral += 0.008 * rng.standard_normal(spiral.shape)
figures.made_up(
    {
        "real": spiral,
        "RAND": rand(spiral, 400, rng),
        "NBE": synth.nbe(spiral, 400, rng),
        "MUNGE": munge(spiral, 1, P, S, rng),
    }
)
letters = problems["letter.p2"].train_x[:500]
for who, made in (
    ("yours", munge(letters, 1, P, S, rng)),
    ("the package's", synth.munge(letters, 1, P, S, rng)),
):
    moved = np.sqrt(np.square(made - letters).sum(1))
    print(
        f"500 letters, {who}: {(made != letters).mean():.1%} of the numbers changed, rows moved "
        f"by {moved.mean():.3f} on average"
    )
for who, form in (("yours", munge), ("the package's", synth.munge)):
    began = time.perf_counter()
    form(letters, 4, P, S, rng)
    print(f"four passes, {who}: {time.perf_counter() - began:.3f} s")

# %% [markdown]
# RAND keeps each axis and loses the spiral; MUNGE moves rows only toward their neighbors, so it stays on it. Your numbers and the package's differ a little because their dice do; about p = 30% should change. Letters move farther than the spiral's points: with 16 attributes even the nearest neighbor is far.
#
# ## 3 · Learn from the teacher
#
# The teacher answers for every row with a probability. It is the weighted mean of its members' answers: a model that was selected three times has three times the weight.

# %% [markdown] exercise="label" minutes=5 difficulty=1
# ### Exercise 7 · Ask the teacher
#
# $$q(x) = \sum_k w_k \, p_k(x)$$
#
# **Write** `label(x, members, weights)`: the teacher's probabilities, shape `(n,)`, for the rows `x` `(n, d)`. Each of `members` is a function: `members[k](x)` gives the probabilities of that model, `(n,)`. The `weights` sum to 1.
# Don't ask members of weight 0: that would cost time for nothing. Keep the probabilities as they are: 0.7 tells the student more than "yes".
#
# <details><summary>Hint 1 · "How do I go through both lists?"</summary>
#
# `for member, weight in zip(members, weights):`
# </details>
# <details><summary>Hint 2 · "What do I add up?"</summary>
#
# `weight * member(x)`, starting from `np.zeros(len(x))`.
# </details>
# <details><summary>Hint 3 · "It asks members of weight 0"</summary>
#
# Multiplying by 0 comes too late: the answer is computed by then. `if weight > 0:` first.
# </details>


# %% solution="label" without="greenlab.mimic.label"
def label(x, members, weights):
    """The weighted mean of the members' probabilities."""
    ### BEGIN SOLUTION
    total = np.zeros(len(x))
    for member, weight in zip(members, weights, strict=True):
        if weight > 0:
            total += weight * member(x)
    return total
    ### END SOLUTION


# %% tests="label" points=3
check.own_work(label, without="greenlab.mimic.label")
slips.label(label, [0.5, 0.25, 0.0, 0.25], seed=1)
slips.label(label, [0.0, 0.7, 0.3], seed=2)
check.passed("Exercise 7")
### BEGIN HIDDEN TESTS
slips.label(label, [0.1, 0.0, 0.2, 0.3, 0.0, 0.4], seed=3, n=20)
slips.label(label, [1.0], seed=4, n=1)
### END HIDDEN TESTS

# %% checkpoint="label"
# Stuck on Exercise 7? Delete the "# " of the next line, run this cell and go on.
# from greenlab.mimic import label

# %% [markdown] exercise="mimic_loss" minutes=7 difficulty=2
# ### Exercise 8 · What the student minimizes
#
# The student is a net with one hidden layer and one output, a **logit** $z$; its probability of class 1 is $\sigma(z) = 1 / (1 + e^{-z})$. It learns the teacher's probability $q$ by the cross-entropy
#
# $$L = -\frac{1}{n} \sum_i \big( q_i \log \sigma(z_i) + (1 - q_i) \log (1 - \sigma(z_i)) \big)$$
#
# which is least where $\sigma(z_i) = q_i$.
#
# **Write** `mimic_loss(logits, targets)`, a tensor with a single number. It must stay finite for logits of any size. Mind the shapes: `logits` come from the net as `(n, 1)`, the `targets` $q$ as `(n,)`.
#
# <details><summary>Hint 1 · "My loss is nearly right"</summary>
#
# `(n, 1)` and `(n,)` don't fail together: torch spreads both to `(n, n)` and compares every row with every target. `logits.squeeze(-1)` first.
# </details>
# <details><summary>Hint 2 · "inf or nan"</summary>
#
# A logarithm of 0. `F.logsigmoid(z)` is log σ(z) without that trouble, and `F.logsigmoid(-z)` is log (1 − σ(z)).
# </details>
# <details><summary>Hint 3 · "Is there a function for it?"</summary>
#
# `F.binary_cross_entropy_with_logits(z, q)`; it takes logits, not probabilities, and the targets may be probabilities.
# </details>


# %% solution="mimic_loss" without="greenlab.students.cross_entropy"
def mimic_loss(logits, targets):
    """Cross-entropy of the student's probabilities with the teacher's."""
    ### BEGIN SOLUTION
    return F.binary_cross_entropy_with_logits(logits.squeeze(-1), targets)
    ### END SOLUTION


# %% tests="mimic_loss" points=3
check.own_work(mimic_loss, without="greenlab.students.cross_entropy")
g = torch.Generator().manual_seed(1)
outputs, probabilities = 2 * torch.randn(9, 1, generator=g), torch.rand(9, generator=g)
what, mistakes = "mimic_loss(logits, targets)", slips.mimic_loss(outputs, probabilities)
check.close(
    mimic_loss(outputs, probabilities), package.mimic_loss(outputs, probabilities), what, mistakes
)
slips.gradient(mimic_loss, outputs, probabilities)
# By hand: a logit of 0 is a probability of 1/2, and costs log 2 whatever the target.
check.close(
    mimic_loss(torch.zeros(3, 1), torch.tensor([0.0, 0.4, 1.0])), np.log(2), what + " of zeros"
)
sure = torch.tensor([[200.0], [-200.0]])
check.close(mimic_loss(sure, torch.tensor([1.0, 0.0])), 0, what + " of logits ±200 that are right")
check.passed("Exercise 8")
### BEGIN HIDDEN TESTS
outputs, probabilities = 3 * torch.randn(25, 1, generator=g), torch.rand(25, generator=g)
right = package.mimic_loss(outputs, probabilities)
check.close(
    mimic_loss(outputs, probabilities), right, what, slips.mimic_loss(outputs, probabilities)
)
slips.gradient(mimic_loss, outputs, probabilities)
check.close(mimic_loss(sure, torch.tensor([0.5, 0.5])), 100, what + " of logits ±200 for one half")
### END HIDDEN TESTS

# %% checkpoint="mimic_loss"
# Stuck on Exercise 8? Delete the "# " of the next line, run this cell and go on.
# from greenlab.students import cross_entropy as mimic_loss

# %% [markdown]
# ### Predict 3
#
# Students of 128 hidden units learn from the 4,000 real rows and 8,000 or 36,000 synthetic ones, all labeled by the teacher. With more rows, does the RMSE go down? For RAND? For NBE? For MUNGE? (The paper's Figure 2 goes to 400,000 rows.)
#
# *My prediction:*
#
# **Experiment:** run the next five cells. The teachers' members are trained, and label all rows by your function. Then the students learn, three of each kind side by side, with different initial weights and row orders; they
# share the synthetic rows. Each is shown the same number of rows, 400,000: with few rows it sees each more often (the real ones 100 times if they are alone, 10 times among 40,000). Two more
# show what it is all for: the students of the 4,000 real rows alone (labeled by the teacher, where the lines begin), and a net *without a teacher*, which learns the true labels and stops after 60 epochs, 240,000 rows (more made it no better).

# %% given="recipe"
SEEDS = lab.choose(in_class=3, paper=5)
COPIES = (2, 9)  # synthetic rows for each real one
SEEN = lab.choose(in_class=400_000, paper=1_000_000)  # rows shown to each student
UNITS = 128
MAKERS = {
    "rand": lambda x, k, rng: rand(x, k * len(x), rng),
    "nbe": lambda x, k, rng: synth.nbe(x, k * len(x), rng),
    "munge": lambda x, k, rng: synth.munge(x, k, P, S, rng),
}


def tensor(a):
    """A numpy array as float32, as the students want it."""
    return torch.from_numpy(np.asarray(a, dtype=np.float32))


def learn(name, method, widths, x, y, seeds=SEEDS):
    """Train students of these widths, some seeds of each; rows of results, and the students."""
    each = [(width, seed) for width in widths for seed in range(seeds)]
    epochs = SEEN // len(x)
    if method == "labels":
        epochs = min(epochs, students.EPOCHS)  # a net without a teacher stops early
    nets = students.fit(
        [width for width, _ in each],
        tensor(x),
        tensor(y),
        generators=[lab.generator(1000 * width + seed) for width, seed in each],
        epochs=epochs,
        loss=mimic_loss,
    )
    test_x, test_y = problems[name].test_x, problems[name].test_y
    errors = [rmse(students.probabilities(net, tensor(test_x)).numpy(), test_y) for net in nets]
    found = [
        compressing.Row(name, method, seed, len(x), width, float(error))
        for (width, seed), error in zip(each, errors, strict=True)
    ]
    return found, nets


# %% explore="members"
members, shares, labeled, spent = {}, {}, {}, {}
for name in train.progress(NAMES, "train the teachers' members"):
    chosen = np.flatnonzero(weights[name])
    shares[name] = weights[name][chosen]
    wanted = [libraries[name].names[m] for m in chosen]
    members[name] = package.trained(problems[name], wanted)

# %% explore="ask"
for name in NAMES:
    real = problems[name].train_x
    for method, make in train.progress(MAKERS.items(), f"{name}: make rows, ask the teacher"):
        began = time.perf_counter()
        made = make(real, max(COPIES), np.random.default_rng(lab.seed))
        x = np.concatenate([real, made])
        labeled[name, method] = x, label(x, members[name], shares[name])
        spent[name, method] = time.perf_counter() - began

problem = problems["letter.p2"]
kinds = {"test points": problem.test_x}
kinds |= {m.upper(): labeled["letter.p2", m][0][len(problem.train_x) :] for m in MAKERS}
print("letter.p2, median distance to the nearest of the 4,000 real rows (of 300 rows each):")
for kind, points in kinds.items():
    gaps = [np.sqrt(np.square(problem.train_x - row).sum(1).min()) for row in points[:300]]
    print(f"  {kind:<11} {np.median(gaps):.2f}")

# %% explore="students_p2"
rows, nets = [], {}


def all_students(name):
    """Students without a teacher, of the real rows, and of more and more synthetic rows."""
    n = len(problems[name].train_x)
    stages = [("labels", n), ("real", n), *((m, n * (1 + k)) for k in COPIES for m in MAKERS)]
    for method, size in train.progress(stages, f"{name}: students"):
        x, y = labeled[name, "rand" if method in ("labels", "real") else method]
        targets = problems[name].train_y if method == "labels" else y[:size]
        began = time.perf_counter()
        found, nets[name, method, size] = learn(name, method, [UNITS], x[:size], targets)
        spent[name, method, size] = (time.perf_counter() - began) / len(found)
        rows.extend(found)


all_students("letter.p2")

# %% explore="students_p1"
all_students("letter.p1")
known = {name: selected.lines(libraries[name], problems[name]) for name in NAMES}
figure = figures.against_rows(compressing.in_order(rows), known)

# %% [markdown]
# Look where the lines begin. On letter.p2 the teacher's labels for the real rows help no more than the true ones: its members were trained on just these rows and are almost sure of them. What helps there are new rows. On letter.p1 the students of 40,000 rows of MUNGE come out a little better than their
# teacher; with three seeds, one teacher and one set of rows, don't build on it (in the paper they reach it).
#
# Bars run from the luckiest to the unluckiest seed. They do not show the luck in the teacher and in the synthetic rows, which the students of a method share; NBE's rows vary most: its fit starts at random.
#
# We recorded the same with more: up to 400,000 rows as in the paper, each student shown two million of them, and three times from scratch, with other points to train on, another library and teacher, other synthetic rows. So there the bars show that luck, too, as far as three runs can; the level lines are means of the three.

# %% explore="recorded_rows"
study = compressing.recorded()
figure = figures.against_rows(study, compressing.levels(study))

# %% [markdown]
# On letter.p2 as many synthetic rows as real ones help, whichever way they are made; more of RAND's hurt. On letter.p1 the students of 400,000 rows of MUNGE are better than their own teacher on all three splits, those of the real rows alone on two: so it isn't MUNGE's doing alone.
#
# To run it yourself: `greenlab study compression` in a terminal (it took 22 minutes on two cores and 1.3 GB of disk); if you stop it, it resumes.

# %% [markdown] exercise="why_munge" minutes=7 difficulty=2
# ### Answer 1 · Why does it matter where the points lie?
#
# In at most ten sentences, with numbers from your figure or the recorded one. (a) Within one run, one teacher labels all rows. On letter.p2, why do many rows of RAND make the student worse, and many of MUNGE better? (b) Where does NBE lie, and why?
# (c) On each of the two problems, which methods differ from each other, and from the real rows alone, by more than the spread of the seeds? What can't you conclude from two problems?

# %% [markdown] answer="why_munge" points=3
# ### BEGIN SOLUTION
# (a) On letter.p2 a student of the 4,000 real rows has an RMSE of 0.209 (0.205 to 0.212 over three seeds); with 36,000 rows of RAND it becomes 0.252, with NBE 0.208, with MUNGE 0.193; the teacher has 0.170. All labels come from the same teacher, so it is not the labels
# that are bad but the places: RAND breaks the dependence between attributes, and most of its rows lie where no letter is (half of them 0.43 or more from the nearest real row, of the test points half within 0.16). Each student is shown 400,000 rows, so with RAND's it sees each real row 10 times instead of 100, and
# its 128 units must fit the teacher where nobody will ask (I can't tell these two causes apart from the figures). MUNGE's rows lie close to real ones (0.10), so they show the teacher's answers around and between the letters, where the test points are.
# (b) NBE lies in between (0.19): its mixture keeps the dependence that its components stand for and loses that within each of them.
# (c) At 40,000 rows the bars of the three methods are apart on both problems (on letter.p1 RAND 0.111, NBE 0.088, MUNGE 0.072). Against the real rows alone, on letter.p2 RAND is worse, MUNGE better, and NBE (0.206 to 0.209) can't be told from them; on letter.p1 (0.068 to 0.083) RAND and NBE (0.086 to 0.090) are worse, and MUNGE's bar (0.069 to 0.073) lies within theirs.
# In my run all seeds share their rows and their teacher; in the recorded one each has its own, and at 400,000 rows RAND's bars (0.100 to 0.111 on letter.p1, 0.259 to 0.286 on letter.p2), NBE's (0.072 to 0.082, 0.197 to 0.203) and MUNGE's (0.063 to 0.070, 0.175 to 0.183) are still apart. There a few rows of RAND even help on letter.p2 (at 8,000 0.197 to 0.199, the real rows alone 0.209 to 0.210), many hurt. Two problems made of the same letters say little about other data; the paper averages eight.
#
# === BEGIN MARK SCHEME ===
# - 1 point: RAND's rows lie mostly where no letter is, so what the student is shown and what it can fit (rows shown, units: either will do) go to places that are never tested; MUNGE's lie close to the real rows and carry the teacher's answers for where the test points are.
# - 1 point: NBE in between, since a mixture keeps part of the dependence between attributes and loses it within each component.
# - 1 point: compares differences with the bars of the seeds, with numbers, for each problem (RAND's bar is far off on both; from the real rows alone MUNGE differs on letter.p2 and not on letter.p1), and says that two related problems are no proof for others; the paper averages eight.
# === END MARK SCHEME ===
# ### END SOLUTION

# %% [markdown]
# ## 4 · How small, how fast?
#
# ### Predict 4
#
# Students of letter.p2 with 1, 2, 4, … 256 hidden units: which is the first to beat the best single model of the library, or does none?
#
# *My prediction:*
#
# **Experiment:** the paper's Figure 3. Students with 1 to 256 hidden units learn from the real rows and all of MUNGE's.

# %% explore="units"
WIDTHS = (1, 2, 4, 8, 16, 32, 64, 128, 256)
x, y = labeled["letter.p2", "munge"]
wide, narrow_to_wide = learn("letter.p2", "munge", WIDTHS, x, y)
figure = figures.against_units(wide, known)
print("The recorded study, on both problems:")
study = compressing.recorded()
figure = figures.against_units(study, compressing.levels(study))

# %% [markdown]
# Was your guess right? In your figure 64 units are enough on average, though the bar at 64 reaches across the line; in the recorded figure it takes 128. The recorded line is the mean of three best single models (0.172 to 0.206); against their own, the students need 64, 256 and 64 units.

# %% [markdown] exercise="net_bytes" minutes=4 difficulty=1
# ### Exercise 9 · How large is a student?
#
# A student has `inputs` inputs, one hidden layer and one output. Every hidden unit has a **weight** for each input and one **bias**; the output has a weight for each hidden unit and one bias. Each of these numbers is a float32: 4 bytes.
#
# **Write** `net_bytes(inputs, hidden)`: the bytes of all its weights and biases.
#
# <details><summary>Hint 1 · "How many numbers has the hidden layer?"</summary>
#
# `inputs + 1` for each unit.
# </details>
# <details><summary>Hint 2 · "And the output?"</summary>
#
# It is one unit whose inputs are the hidden units.
# </details>
# <details><summary>Hint 3 · "My result is a quarter"</summary>
#
# You count numbers.
# </details>


# %% solution="net_bytes" without="greenlab.mimic.net_bytes"
def net_bytes(inputs, hidden):
    """Bytes of the weights and biases, 4 for each."""
    ### BEGIN SOLUTION
    first = inputs * hidden + hidden
    second = hidden + 1
    return 4 * (first + second)
    ### END SOLUTION


# %% tests="net_bytes" points=2
check.own_work(net_bytes, without="greenlab.mimic.net_bytes")
# By hand: 3 units of 2 weights and 1 bias, and an output of 3 weights and 1 bias: 13 numbers.
check.close(net_bytes(2, 3), 52, "net_bytes(inputs=2, hidden=3)", slips.net_bytes(2, 3))
check.passed("Exercise 9")
### BEGIN HIDDEN TESTS
for inputs, hidden, right in ((16, 128, 9220), (5, 1, 32), (1, 7, 88)):
    what = f"net_bytes(inputs={inputs}, hidden={hidden})"
    check.close(net_bytes(inputs, hidden), right, what, slips.net_bytes(inputs, hidden))
### END HIDDEN TESTS

# %% checkpoint="net_bytes"
# Stuck on Exercise 9? Delete the "# " of the next line, run this cell and go on.
# from greenlab.mimic import net_bytes

# %% [markdown]
# **Experiment:** the paper's Table 3 for your own models: the time to classify 10,000 cases, the size, and the joules behind the seconds. The last column says how the joules are known: read from a *counter*, *estimated* as a range from CPU seconds, or *unavailable*,
# which is not 0. In the paper, averaged over eight problems, ensembles took 5,396 seconds and 550 MB, the MUNGE students 5.6 seconds and 0.33 MB (on machines of 2006); on letter.p2 the ensemble took
# 2,652 seconds, the best single model 527 (ours happens to be a net, and fast), the MUNGE student of 256 units 2.6. Seconds are by the clock: on a busy machine all of them grow. The RMSE of a net is one student's, the first seed's; the spread is in the figures above.

# %% explore="price"
name = "letter.p2"
problem, library = problems[name], libraries[name]
cases = problem.test_x[:10_000]
best = int(np.argmin(rmse(library.climb, problem.climb_y)))
(single,) = package.trained(problem, [library.names[best]])
n = len(problem.train_x)
student, plain = nets[name, "munge", n * (1 + max(COPIES))][0], nets[name, "labels", n][0]
small = narrow_to_wide[SEEDS * WIDTHS.index(16)]


def test_error(net):
    """A net's RMSE on the test points."""
    return float(rmse(students.probabilities(net, tensor(problem.test_x)).numpy(), problem.test_y))


def meter(answer):
    """What one pass over the 10,000 cases takes."""
    return Meter.repeat(answer, min_seconds=0.3, rounds=3).per_call


ready = tensor(cases)
entries = [
    (
        f"ensemble of {len(members[name])} models",
        known[name]["teacher"],
        sum(member.bytes for member in members[name]),
        meter(lambda: label(cases, members[name], shares[name])),
    ),
    (
        f"best single model, {single.name}",
        known[name]["best single model"],
        single.bytes,
        meter(lambda: single(cases)),
    ),
]
for what, net, units in (
    ("net of 128 units without a teacher", plain, UNITS),
    ("student of 128 units, MUNGE", student, UNITS),
    ("student of 16 units, MUNGE", small, 16),
):
    reading = meter(lambda net=net: students.probabilities(net, ready))
    entries.append((what, test_error(net), net_bytes(cases.shape[1], units), reading))
figures.price(entries)
print(
    f"What it took before: {library.train_seconds.sum():.0f} CPU seconds to train the library "
    f"(recorded);\nby the clock {spent[name, 'munge']:.1f} s to make and label {len(x):,} rows, "
    f"{spent[name, 'munge', len(x)]:.1f} s to train the student\nof 128 units (its share of the "
    f"{SEEDS} that learned side by side)."
)

# %% [markdown] exercise="greener" minutes=7 difficulty=2
# ### Answer 2 · Is it greener?
#
# In at most ten sentences, with numbers from your table and figures: what does the student save against the ensemble for 10,000 cases, in seconds, bytes and joules (and how are the joules known)? What does it lose in RMSE, and does it beat a net of its size that had no teacher?
# What did it cost before the first case was classified, and after how many cases have labeling and training the student paid for themselves? (Training the teacher's members once more doesn't count: we only did it because models aren't shipped.) When would you compress a model, when not?

# %% [markdown] answer="greener" points=4
# ### BEGIN SOLUTION
# For 10,000 cases my ensemble of 8 models took 0.41 s and 5,320 kB, the student of 128 units 0.00098 s and 9.2 kB: about 420 times faster and 580 times smaller (seconds differ from run to run). The joules (1.2 to 6.7 against 0.0029 to 0.016) are estimated from CPU seconds, so they have the same ratio and are no evidence of their own.
# The student's RMSE is 0.192, the ensemble's 0.170, so some of it is lost; a net of the same size and speed without a teacher has 0.209, so a good two fifths of the way to the ensemble came at no extra cost at run time. The best single model by the points for hill climbing, itself a net, of 256 units, has 0.206: it is worse than my student and takes two to three times as long, but that depends on the split: on the three recorded ones best single models have 0.172 to 0.206, students of 128 units and 400,000 rows 0.175 to 0.183.
# Before that, 42 CPU seconds went into the library (recorded), 2.2 s into making and labeling 40,000 rows and 0.8 s into training. Each case saves 0.41 s / 10,000 = 0.000041 s, so labeling and training are paid back after 3.0 / 0.000041, about 73,000 cases: no wonder, since labeling alone asks the ensemble 40,000 times. (The library is needed for the ensemble, too; counted in, it would be about 1.1 million cases.)
# I'd compress a model that answers many more cases than that, or must run on a small device or answer at once. I would not for a few thousand cases, nor where the lost accuracy matters more than time, nor without comparing with the best single model.
#
# === BEGIN MARK SCHEME ===
# - 1 point: seconds, bytes and joules of student and ensemble from the table, as ratios, with the method of the joules (an estimate from CPU seconds is no evidence of its own).
# - 1 point: RMSE lost against the ensemble, won against a net of the same size and speed without a teacher, with numbers.
# - 1 point: the price before: library, labeling, training; a break-even number of cases computed from them (costs divided by seconds saved for one case; judge the arithmetic, seconds differ from run to run), with or without the library's.
# - 1 point: a judgment that follows: worth it for very many cases, slow or small devices; not for few, or where a single model would do as well for as little.
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
