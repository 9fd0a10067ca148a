# %% [markdown]
# # Lab 1 · What does a result emit?
#
# **What you will do.** In 2019 a paper made the news: training a single model, the press wrote, can emit as much carbon as five cars in their whole lives.
# You will redo the paper's arithmetic, cell by cell, find the numbers that don't come out and see why, meter a training run of your own, and then judge
# the famous number for yourself.
#
# **What you need.** The lecture, once. A laptop: no GPU and no network. About 90 minutes.
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
# The paper: E. Strubell, A. Ganesh, A. McCallum, *Energy and Policy Considerations for Deep Learning in NLP*, ACL 2019,
# arXiv:1906.02243. Its main correction: D. Patterson and others, *Carbon Emissions and Large Neural Network Training*, 2021, arXiv:2104.10350.

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

from IPython.display import display

from greenlab import carbon, check, data, train, widgets, zoo
from greenlab.check import carbon as slips
from greenlab.check import choices, joules
from greenlab.energy import Meter
from greenlab.plots import carbon as figures
from greenlab.plots import corrections, intervals

lab = greenlab.setup(seed=0)

# %% [markdown]
# The line above says what was chosen for you. With a GPU, the training run that you meter in section 2 happens there, and is a larger one.
#
# CO2e, "carbon dioxide equivalent", counts other greenhouse gases too, each as the amount of CO₂ that warms as much.
#
# ## 1 · The paper's arithmetic
#
# The authors trained each model for a day at most, on other graphics cards than those of Table 3 (section 2: one Titan X; for ELMo three GTX 1080 Ti), read the power of processors, memory and cards again and again, and took the average.
# How long a *whole* training takes, and on which hardware, they took from the papers of those who did it. The rest is arithmetic: yours, now.
#
# **Names that will come.** *Transformer*, *ELMo*, *BERT* and *GPT-2* are language models, neural networks that are trained on text. *P100* and *V100* are NVIDIA's graphics cards (GPUs), *TPUv2* and *TPUv3* Google's own chips for neural networks.
# *NLP* is natural language processing; the *NLP pipeline* is the authors' project of 2018, a network that analyzes the grammar of sentences.

# %% [markdown] exercise="energy_kwh" minutes=5 difficulty=1
# ### Exercise 1 · From watts to kilowatt-hours
#
# A machine runs for $t$ **hours**. All its processors together draw $p_c$ watts, all its memory $p_r$, and each of its $g$ graphics cards $p_g$. The data center around it
# needs power too, mostly for cooling: for each kWh that a computer draws, the whole building draws PUE kWh (*power usage effectiveness*; 1.58 was the world average in 2018).
#
# $$\text{energy} = \frac{\text{PUE} \cdot t \cdot (p_c + p_r + g \, p_g)}{1000} \quad \text{kWh} \qquad \text{(Equation 1)}$$
#
# **Write** `energy_kwh(hours, cpu_watts, dram_watts, gpu_watts, gpus, pue)`.
#
# <details><summary>Hint 1 · "What is a kilowatt-hour?"</summary>
#
# What 1,000 watts draw in one hour. So watts times hours are *watt-hours*: a thousand of them make one kWh.
# </details>
# <details><summary>Hint 2 · "I am off by a few percent, or by a factor of the cards"</summary>
#
# `gpu_watts` is the power of **one** card; the watts of CPU and memory are those of all. Add everything up in brackets first.
# </details>
# <details><summary>Hint 3 · "My result is right with pue=1 only"</summary>
#
# The PUE multiplies the whole machine, once.
# </details>


# %% solution="energy_kwh" without="greenlab.carbon.energy_kwh"
def energy_kwh(hours, cpu_watts, dram_watts, gpu_watts, gpus, pue=1.58):
    """Equation 1: what the machine and the building around it draw, in kWh."""
    ### BEGIN SOLUTION
    watts = cpu_watts + dram_watts + gpus * gpu_watts
    return pue * hours * watts / 1000
    ### END SOLUTION


# %% tests="energy_kwh" points=2
check.own_work(energy_kwh, without="greenlab.carbon.energy_kwh")
# By hand: 10 h · (100 + 50 + 2 · 200) W = 5,500 Wh = 5.5 kWh; with the cooling 1.58 times that.
slip = slips.energy_kwh(10, 100, 50, 200, 2, pue=1)
check.close(energy_kwh(10, 100, 50, 200, 2, pue=1), 5.5, "energy_kwh(…, pue=1)", slip)
slip = slips.energy_kwh(10, 100, 50, 200, 2, pue=1.58)
check.close(energy_kwh(10, 100, 50, 200, 2), 8.69, "energy_kwh(10, 100, 50, 200, 2)", slip)
check.passed("Exercise 1")
### BEGIN HIDDEN TESTS
slip = slips.energy_kwh(84, 120, 95.43, 162.5, 8, pue=1.1)
right = 1.1 * 84 * 1.51543
check.close(energy_kwh(84, 120, 95.43, 162.5, 8, 1.1), right, "energy_kwh of 8 GPUs", slip)
slip = slips.energy_kwh(0.5, 65, 5, 0, 0, pue=1.58)
check.close(energy_kwh(0.5, 65, 5, 0, 0), 0.0553, "energy_kwh without a GPU", slip, tol=1e-6)
### END HIDDEN TESTS

# %% checkpoint="energy_kwh"
# Stuck on Exercise 1? Delete the "# " of the next line, run this cell and go on.
# from greenlab.carbon import energy_kwh

# %% [markdown] exercise="co2e" minutes=4 difficulty=1
# ### Exercise 2 · From kilowatt-hours to CO2e, in two units
#
# On the US grid, as the EPA (the US agency for the environment) published it in 2018, a kWh made 0.954 **pounds** (lb) of CO₂. The paper takes that for CO2e:
#
# $$\text{CO2e} = 0.954 \cdot \text{energy} \quad \text{lb} \qquad \text{(Equation 2)}$$
#
# Newer papers, and the rest of the world, have kilograms. A pound is 0.45359237 kg (`carbon.KG_PER_LB`). Reading one for the other makes an error of more than a factor of two.
#
# **Write** `co2e(kwh, lb_per_kwh)`: two numbers, pounds first, then kilograms: `return lb, kg`.
#
# <details><summary>Hint 1 · "How do I give two numbers?"</summary>
#
# `return a, b` gives a pair. Compute the pounds first and keep them in a variable.
# </details>
# <details><summary>Hint 2 · "My kilograms are more than my pounds"</summary>
#
# A pound is lighter than a kilogram, so the same CO2e is *fewer* kilograms: multiply by `carbon.KG_PER_LB`.
# </details>
# <details><summary>Hint 3 · "Where does the PUE go?"</summary>
#
# Nowhere: it is in the kWh already.
# </details>


# %% solution="co2e" without="greenlab.carbon.co2e"
def co2e(kwh, lb_per_kwh=0.954):
    """Equation 2: (pounds, kilograms) of CO2e."""
    ### BEGIN SOLUTION
    lb = lb_per_kwh * kwh
    return lb, lb * carbon.KG_PER_LB
    ### END SOLUTION


# %% tests="co2e" points=2
for form in ("co2e", "co2e_lb", "lb_to_kg"):
    check.own_work(co2e, without=f"greenlab.carbon.{form}")
names = "pounds", "kilograms"
got = slips.numbers(co2e(1000), "co2e(1000)", names)
check.close(got, [954, 432.727], "co2e(1000)", slips.co2e(1000, 0.954), tol=1e-3)
check.passed("Exercise 2")
### BEGIN HIDDEN TESTS
got = slips.numbers(co2e(250, 0.2), "co2e(250, lb_per_kwh=0.2)", names)
check.close(got, [50, 22.6796], "co2e(250, lb_per_kwh=0.2)", slips.co2e(250, 0.2), tol=1e-3)
### END HIDDEN TESTS

# %% checkpoint="co2e"
# Stuck on Exercise 2? Delete the "# " of the next line, run this cell and go on.
# from greenlab.carbon import co2e

# %% [markdown]
# What the paper takes for renting **one** device for one hour, in dollars: first a device that may be taken away at any time (pre-emptible), then one that is yours (on demand).
# It doesn't print these prices. They are solved from the dollars of its tables.

# %% given="prices"
PRICES = dict(carbon.CLOUD_USD_PER_HOUR)
for device, (low, high) in PRICES.items():
    print(f"{device:<6} ${low:.2f} to ${high:.2f}")

# %% [markdown] exercise="training_cost" minutes=6 difficulty=2
# ### Exercise 3 · A row of Table 3
#
# Table 3 prints for each model the power of the **whole machine** in watts, the hours, and the number and kind of devices, say 8 P100. From these come the other columns.
#
# **Write** `training_cost(watts, hours, device, devices)`. It gives four numbers, in the table's order:
#
# 1. the energy in kWh, with the paper's PUE (your `energy_kwh`),
# 2. the CO2e in pounds (your `co2e`),
# 3. and 4. the dollars for renting, pre-emptible and on demand: `PRICES[device]` holds both, for one device and one hour.
#
# <details><summary>Hint 1 · "energy_kwh wants five things, I have one power"</summary>
#
# Hand the whole machine on as if it were the CPU: `energy_kwh(hours, watts, 0, 0, 0)`.
# </details>
# <details><summary>Hint 2 · "co2e gives me two numbers"</summary>
#
# `lb, kg = co2e(kwh)` takes them apart; the table has pounds.
# </details>
# <details><summary>Hint 3 · "My kWh are 8 times too many" or "my dollars 8 times too few"</summary>
#
# The watts are those of all devices together, so `devices` has no business in the energy. The prices are those of one device, so it does in the dollars.
# </details>


# %% solution="training_cost" without="greenlab.carbon.training_cost"
def training_cost(watts, hours, device, devices):
    """kWh, pounds of CO2e, dollars pre-emptible and on demand: a row of Table 3."""
    ### BEGIN SOLUTION
    kwh = energy_kwh(hours, watts, 0, 0, 0)
    lb, _ = co2e(kwh)
    low, high = PRICES[device]
    return kwh, lb, low * hours * devices, high * hours * devices
    ### END SOLUTION


# %% tests="training_cost" points=3
for form in ("training_cost", "cloud_usd", "table3"):
    check.own_work(training_cost, without=f"greenlab.carbon.{form}")
names = "kWh", "lb", "dollars pre-emptible", "dollars on demand"
# The Transformer (big): Table 3 prints 201 kWh, 192 lb, $289 to $981.
row, what = (1515.43, 84, "P100", 8), "training_cost(1515.43, 84, 'P100', 8)"
got = slips.numbers(training_cost(*row), what, names)
check.close(got, [201.128, 191.876, 288.96, 981.12], what, slips.training_cost(*row))
check.passed("Exercise 3")
### BEGIN HIDDEN TESTS
for row, right in (
    ((12041.51, 79.2, "V100", 64), [1506.826, 1437.512, 3750.912, 12570.624]),
    ((517.66, 336, "P100", 3), [274.815, 262.174, 433.44, 1471.68]),
    ((1000, 10, "TPUv3", 2), [15.8, 15.0732, 48, 160]),
):
    what = f"training_cost{row}"
    got = slips.numbers(training_cost(*row), what, names)
    check.close(got, right, what, slips.training_cost(*row))
### END HIDDEN TESTS

# %% checkpoint="training_cost"
# Stuck on Exercise 3? Delete the "# " of the next line, run this cell and go on.
# from greenlab.carbon import training_cost

# %% [markdown]
# ### Predict 1
#
# Table 3 has eight rows. For five of them it knows the watts, so your function computes 26 of its numbers: 5 kWh, 5 lb and 16 amounts of dollars. How many will come out as printed, to the last digit?
#
# *My prediction:*
#
# **Experiment:** run the next cell.

# %% explore="table_3"
figures.table3(training_cost)

# %% [markdown]
# Look for the red crosses: there your number isn't the printed one. Being off by a fraction of a percent doesn't change the paper's message, but *why* is a number off? One that was rounded is fine; a wrong one is not. You can find out which it is.

# %% [markdown] exercise="hours_behind" minutes=7 difficulty=2
# ### Exercise 4 · The hours behind a printed number
#
# A printed number is rounded: 1,507 kWh stands for anything from 1,506.5 to 1,507.5. If every hour makes `per_hour` kWh (or pounds, or dollars), then the printed number allows a whole **interval** of hours.
# If the intervals of all numbers of a row meet, the hours lie where they meet.
#
# **Write** `hours_behind(printed, per_hour, step)`: the lowest and the highest hours that lead to a number which rounds to `printed`. `step` is the unit of the last digit that is printed: 1 for 1,507, and 1,000 for "103k".
#
# <details><summary>Hint 1 · "What does rounding hide?"</summary>
#
# Half a step to each side: from `printed - step / 2` to `printed + step / 2`.
# </details>
# <details><summary>Hint 2 · "How do I get to hours?"</summary>
#
# Hours times `per_hour` is the number. So the number divided by `per_hour` is the hours, for each end of the interval.
# </details>
# <details><summary>Hint 3 · "My interval is far too wide"</summary>
#
# The half step belongs to the printed number, before you divide; not to the hours.
# </details>


# %% solution="hours_behind" without="greenlab.carbon.hours_behind"
def hours_behind(printed, per_hour, step=1):
    """The lowest and the highest hours behind a number that was rounded to `step`."""
    ### BEGIN SOLUTION
    return (printed - step / 2) / per_hour, (printed + step / 2) / per_hour
    ### END SOLUTION


# %% tests="hours_behind" points=2
check.own_work(hours_behind, without="greenlab.carbon.hours_behind")
names = "lowest hours", "highest hours"
# 100 kWh at 0.5 kWh an hour: from 99.5 / 0.5 = 199 h to 100.5 / 0.5 = 201 h.
got = slips.numbers(hours_behind(100, 0.5), "hours_behind(100, 0.5)", names)
check.close(got, [199, 201], "hours_behind(100, 0.5)", slips.hours_behind(100, 0.5, 1))
# "103k" dollars at $0.43 an hour: from 102,500 / 0.43 to 103,500 / 0.43 hours.
case, what = (103_000, 0.43, 1000), "hours_behind(103_000, 0.43, step=1000)"
got = slips.numbers(hours_behind(*case), what, names)
check.close(got, [238372.093, 240697.674], what, slips.hours_behind(*case), tol=1e-6)
check.passed("Exercise 4")
### BEGIN HIDDEN TESTS
for printed, per_hour, step, right in (
    (3751, 47.36, 1, [79.191301, 79.212416]),
    (350_000, 1.46, 1000, [239383.5616, 240068.4932]),
    (2.5, 0.25, 0.1, [9.8, 10.2]),
):
    what = f"hours_behind({printed}, {per_hour}, step={step})"
    got = slips.numbers(hours_behind(printed, per_hour, step), what, names)
    slip = slips.hours_behind(printed, per_hour, step)
    check.close(got, right, what, slip, tol=1e-6)
### END HIDDEN TESTS

# %% checkpoint="hours_behind"
# Stuck on Exercise 4? Delete the "# " of the next line, run this cell and go on.
# from greenlab.carbon import hours_behind

# %% [markdown]
# **Experiment:** the two rows that are off. Which hours lead to each of their printed numbers?

# %% explore="detective"
intervals.hours_behind(training_cost, hours_behind)
runs = 979e6 / 300e3  # NAS by section 2.1: 979 million steps, 300,000 in 10 h on a TPU core
print(f"\nNAS by section 2.1: {runs * 10:,.0f} h on a TPU core, {runs * 84:,.0f} h on 8 P100.")

# %% [markdown]
# - **BERT**: kWh and pounds lead to 79.2 hours, and 79.2 rounds to the printed 79. The paper's section 2.1 says it: "3.3 days (79.2 hours)". So the authors computed with more digits than Table 3 prints, and nothing is wrong. The dollars fit too, but they are no evidence (hatched):
#   the V100 is in no other row, so its price was itself solved from these dollars, with 79.2 hours. The same holds for GPT-2's dollars in the figure above.
# - **NAS**, the search of section 4: both amounts lead to 32,633 hours, and no rounding makes 32,623 of that. The paper's own section 2.1 gives 979 million steps and 10 hours for 300,000 on a TPU core, which makes 32,633 as well: a slip of one digit. (The TPUv2's prices come from another row, BERT on TPUs, so here the dollars are evidence.)
#
# The whole table as the paper prints it, then the other two that can be rebuilt. Below each you can unfold the reason for each number:

# %% explore="all_cells"
carbon.table3(training_cost)

# %% explore="research_and_development"
carbon.table4(training_cost)

# %% [markdown]
# Table 4 is the paper's most useful one. Training a model once (120 hours) is little; finding out *what* to train took 4,789 jobs in the authors' own project, from crashes after 3 minutes to trainings of 9 days. Its watts are not printed: 216.96 W are solved from one number of Table 1,
# so that number can't be checked by them, and the table below says so. What remains is the table that made the news:

# %% explore="table_1"
figures.table1(training_cost)

# %% explore="table_1_cells"
carbon.table1(training_cost)

# %% [markdown]
# Now any job. The calculator uses the same arithmetic, with the PUE, the country's grid and the price of a kWh in your hands. It starts with the Transformer (big) on the paper's US grid: the 192 lb that you know.
#
# **Try:**
#
# - What changes the result more: moving the job from Poland to France, or a data center with a PUE of 1.1 for one with 1.58?
# - What would your own laptop emit in a year, at your own hours and watts, in your country? (*my own machine*: it starts with 50 W, a guess for you to replace.)
# - *Also making the hardware* shows, apart, what making it emitted if its share of the whole were that of BLOOM's training in France (Luccioni and others 2022). No meter sees it. Being a share it falls with the grid's emissions; the real making doesn't, so on the cleanest grids it comes out far too small.

# %% explore="calculator"
widgets.carbon_calculator()

# %% [markdown]
# ## 2 · Your own joules
#
# So far others had measured. Now you do. A **joule** is one watt for one second, so a kWh is 3.6 million joules. `Meter` reads the energy counters of your machine where there are any and says how it knows:
#
# - *counter* or *sampled*: a sensor was read. It sees the **whole machine**, whatever else is running, and also when nothing is.
# - *estimated*: there is no sensor, or it may not be read (virtual machines, most clouds, Windows). Then it takes the CPU seconds of this notebook and assumes 3 to 16 watts for a busy core.
# - *unavailable*: nothing can be said. That is not 0 joules.
#
# If there is anything to tell, it tells three numbers, **low, best, high**: an interval, since no sensor is exact. Of an estimate, *best* is no more than the middle of that assumption: 6.9 watts, the geometric mean of 3 and 16.
# It also says whose joules they are: of the *machine*, or of the *process*, which is this notebook's own work alone.

# %% [markdown] exercise="above_idle" minutes=7 difficulty=3
# ### Exercise 5 · Take away the idle machine
#
# A machine at rest draws power too, and a counter bills you for it. So meter the idle machine as well, for a while, and subtract what it would have used **in the time of your run**. Both are intervals. When is the difference as *small* as it can be? When your run used
# the least and the idle machine the most.
#
# **Write** `above_idle(run, run_seconds, idle, idle_seconds)`. `run` and `idle` are triples `(low, best, high)` in joules, of windows that may have different lengths. Give the triple of what the run used on top of idle. A negative `low` is fine: it says that the
# run may have used no more than the idle machine.
#
# <details><summary>Hint 1 · "The windows have different lengths"</summary>
#
# In `idle_seconds` the idle machine used `idle` joules, so in `run_seconds` it would have used `run_seconds / idle_seconds` times as much. Scale all three of its numbers first.
# </details>
# <details><summary>Hint 2 · "My low and high are not right, best is"</summary>
#
# low − low is not the lowest difference. If I have 10 to 12 coins and you have 3 to 5, I have at least 10 − 5 more than you.
# </details>
# <details><summary>Hint 3 · "What does it look like?"</summary>
#
# `share = run_seconds / idle_seconds`, then `run[0] - share * idle[2]` is the first of the three.
# </details>


# %% solution="above_idle" without="greenlab.energy.baseline.above_idle"
def above_idle(run, run_seconds, idle, idle_seconds):
    """(low, best, high) joules of the run on top of the idle machine."""
    ### BEGIN SOLUTION
    share = run_seconds / idle_seconds
    low, best, high = run
    idle_low, idle_best, idle_high = idle
    return low - share * idle_high, best - share * idle_best, high - share * idle_low
    ### END SOLUTION


# %% tests="above_idle" points=3
check.own_work(above_idle, without="greenlab.energy.baseline.above_idle")
check.own_work(above_idle, without="greenlab.energy.Interval")
names = "low", "best", "high"
# Made-up readings. In 20 s the idle machine would have used 4 times 45, 50 and 55 J.
case, what = ((900, 1000, 1100), 20, (45, 50, 55), 5), "above_idle(run, 20, idle, 5)"
got = slips.numbers(above_idle(*case), what, names)
check.close(got, [680, 800, 920], what, joules.above_idle(*case))
# A run that can hardly be told from idling: 10 s of idle are 95 to 110 J, so 4 s are 38 to 44 J.
case, what = ((38, 40, 42), 4, (95, 100, 110), 10), "above_idle(run, 4, idle, 10)"
got = slips.numbers(above_idle(*case), what, names)
check.close(got, [-6, 0, 4], what, joules.above_idle(*case))
check.passed("Exercise 5")
### BEGIN HIDDEN TESTS
for case, right in (
    (((90, 100, 115), 3, (28, 30, 36), 6), [72, 85, 101]),
    (((50, 60, 75), 5, (20, 24, 30), 2), [-25, 0, 25]),
    (((7, 8, 9), 2, (1, 2, 4), 2), [3, 6, 8]),
):
    run, seconds, idle, idle_seconds = case
    what = f"above_idle({run}, {seconds}, {idle}, {idle_seconds})"
    got = slips.numbers(above_idle(*case), what, names)
    check.close(got, right, what, joules.above_idle(*case))
### END HIDDEN TESTS

# %% checkpoint="above_idle"
# Stuck on Exercise 5? Delete the "# " of the next line, run this cell and go on.
# from greenlab.energy.baseline import above_idle

# %% [markdown]
# The run: a small network learns to read 8,000 handwritten digits.
#
# ### Predict 2
#
# How many such training runs does one kWh, 3.6 million joules, pay for? Ten thousand, a million, a hundred million? And will a second run use as much as the first?
#
# *My prediction:*
#
# **Experiment:** run the next two cells.

# %% given="run"
digits = data.for_lab(lab)
WIDTH = lab.choose(in_class=100, paper=1200)


def run():
    """One training run: the same first weights and the same order each time."""
    model = zoo.mlp(784, WIDTH, 10, generator=lab.generator(1)).to(lab.device)
    train.fit(model, (digits.train_x, digits.train_y), epochs=1, generator=lab.generator(2))


def bounds(reading):
    """The reading's (low, best, high) joules, None where they are unavailable."""
    joules = reading.interval
    return None if joules is None else (joules.low, joules.best, joules.high)


# %% explore="meter_once"
with Meter("idle machine") as meter:
    time.sleep(3)
idle = meter.reading
with Meter("first run") as meter:
    run()
first = meter.reading
for reading in (idle, first):
    display(reading)
measured = first.measured and idle.measured
if measured:
    low, best, high = above_idle(bounds(first), first.seconds, bounds(idle), idle.seconds)
    print(f"On top of the idle machine: {low:.3g} to {high:.3g} J, best {best:.3g} J.")
else:
    print("Nothing is subtracted: that takes a sensor. An estimate holds this process alone.")
    low, best, high = above_idle((900, 1000, 1100), 20, (45, 50, 55), 5)
    print("With a sensor it looks like this, on MADE-UP readings: a run of 900 to 1,100 J in 20 s,")
    print(
        f"an idle machine with 45 to 55 J in 5 s: the run used {low:g} to {high:g} J on top of it."
    )

# %% [markdown]
# Read the notes below each reading. If yours is *estimated*: the idle machine seems to cost next to nothing, since this notebook slept. In truth your computer drew several watts, and the estimate can't see them: it is the cost of *your* work, at an assumed power. If yours is a
# *counter*: how much of the first run's energy would have been used anyway?
#
# ### Predict 3
#
# Now we repeat the run: as often as fits in a fifth of a second, in one second, in four seconds, three rounds each. What will become narrower: the scatter of the rounds, the interval (low to high), or both?
#
# *My prediction:*
#
# **Experiment:** run the next cell (20 seconds).

# %% explore="repeat"
windows = {"the first run\n(gray: alone)": (first.above(idle) if measured else first,)}
for seconds in train.progress((0.2, 1, 4), "metering"):
    repeated = Meter.repeat(run, min_seconds=seconds, rounds=3, idle_seconds=1)
    windows[f"3 rounds of\n{seconds:g} s"] = repeated.rounds
longest = repeated
intervals.repetition(windows)
print(f"\n{longest}")

# %% [markdown]
# *Predict 2* first: the words below the figure say how many times as much the first run took. It loads libraries and sets things up that later runs find ready. So it stands apart (gray), and whoever reports the first run alone reports mostly that.
#
# Then, these are **two different errors**. The dots (rounds) tell how well the result *repeats*: other programs, a processor that changes its speed, a sensor that is renewed only now and then. Usually longer windows make that smaller; is it so in yours? The bar tells what is *not known*: the sensor's error, or the
# assumed 3 to 16 watts of a core. Repeating an assumption doesn't make it true, so no repetition makes this part smaller. A paper that reports only the first error looks far more exact than it is.

# %% [markdown] exercise="grams_co2e" minutes=6 difficulty=2
# ### Exercise 6 · What your run emitted
#
# **Write** `grams_co2e(joules, g_per_kwh, pue)`: from the triple `(low, best, high)` in joules to a triple in **grams** of CO2e, on a grid that emits `g_per_kwh` grams for each kWh, with the PUE of the place (1 for a laptop at home).
#
# Where the energy is unavailable, `joules` is `None`. Then the emissions are unavailable too: give `None`, never 0.
#
# <details><summary>Hint 1 · "From joules to kWh?"</summary>
#
# A watt for a second is a joule; a kilowatt for an hour is 1000 · 3600 = 3.6 million joules.
# </details>
# <details><summary>Hint 2 · "How do I treat all three?"</summary>
#
# `tuple(… for j in joules)` does the same to each. A list is fine, too.
# </details>
# <details><summary>Hint 3 · "It fails on None"</summary>
#
# Ask first: `if joules is None: return None`.
# </details>


# %% solution="grams_co2e" without="greenlab.carbon.grams_co2e"
def grams_co2e(joules, g_per_kwh, pue=1.0):
    """(low, best, high) grams of CO2e, or None where the joules are unavailable."""
    ### BEGIN SOLUTION
    if joules is None:
        return None
    return tuple(pue * j / 3.6e6 * g_per_kwh for j in joules)
    ### END SOLUTION


# %% tests="grams_co2e" points=3
for form in ("grams_co2e", "joules_to_kwh", "co2e_kg"):
    check.own_work(grams_co2e, without=f"greenlab.carbon.{form}")
names = "low", "best", "high"
case, what = ((1.8e6, 3.6e6, 7.2e6), 400, 1.5), "grams_co2e((1.8e6, 3.6e6, 7.2e6), 400, pue=1.5)"
got = slips.numbers(grams_co2e(*case), what, names)
check.close(got, [300, 600, 1200], what, joules.grams_co2e(*case))
joules.unavailable(grams_co2e(None, 400), "grams_co2e(None, 400)")
check.passed("Exercise 6")
### BEGIN HIDDEN TESTS
for case, right in (
    (((9e6, 9.9e6, 1.08e7), 50, 1.2), [150, 165, 180]),
    (((3.6e7, 3.6e7, 3.6e7), 1000, 1.0), [10_000, 10_000, 10_000]),
    (((-3.6e6, 0, 3.6e6), 100, 1.1), [-110, 0, 110]),
):
    what = f"grams_co2e{case}"
    got = slips.numbers(grams_co2e(*case), what, names)
    check.close(got, right, what, joules.grams_co2e(*case))
### END HIDDEN TESTS

# %% checkpoint="grams_co2e"
# Stuck on Exercise 6? Delete the "# " of the next line, run this cell and go on.
# from greenlab.carbon import grams_co2e

# %% [markdown]
# Put in the country where you are (a name, or two letters). On the world's average, until you do:

# %%
COUNTRY = "World"

# %% explore="my_grams"
here = carbon.grid(COUNTRY)
grams = grams_co2e(bounds(longest.per_call), here.g_per_kwh)
if grams is None:
    print("Your machine's energy is unavailable, so are your run's emissions.")
elif grams[1] <= 0:
    print("Your run can't be told apart from the idle machine.")
else:
    low, best, high = bounds(longest.per_call)
    fewest, most = 3.6 / high, 3.6 / low if low > 0 else float("inf")  # million runs for a kWh
    big = energy_kwh(84, 1515.43, 0, 0, 0, pue=1)  # without the cooling, as yours
    for what, kwh in (("1 kWh", 1), (f"The Transformer (big), {big:.0f} kWh,", big)):
        span = " to ".join(f"{float(f'{kwh * n:.2g}'):,g}" for n in (fewest, most))
        print(f"{what} pays for {span} million of your runs.")
    low, best, high = (1e6 * g for g in grams)
    print(f"One run, {here.country} {here.year}: {low:,.0f} to {high:,.0f} µg of CO2e.")
    print(f"Your joules are {longest.per_call.method}.")

# %% [markdown] exercise="your_number" minutes=6 difficulty=2
# ### Answer 1 · Which number would you put in a paper?
#
# You report the energy and the emissions of **one training run of yours**. In at most six sentences: which numbers with which error, and how do you know them (counter, sampled, estimated, unavailable)? Which of the two errors is the larger one in your figure, and could more repetition
# make it smaller? What must a reader know to redo your step from joules to grams?

# %% [markdown] answer="your_number" points=3
# ### BEGIN SOLUTION
# (On a virtual machine without a sensor; other machines give other numbers.) One training run used an estimated 0.24 to 1.3 J, from the CPU seconds of this notebook alone at 3 to 16 W for a busy core; no sensor was read, so nothing is
# subtracted, and the rest of the machine is not in it. Its three rounds of 4 s lie between 0.553 and 0.576 J, 4.1% apart, while the interval spans a factor of 5.6: what is not known is far larger than the scatter, and no repetition makes
# it smaller; a sensor would. The first run is left out: it took 3.6 to 19 J, with loading and setting up. On the world's average grid of 2024 (473 g/kWh, PUE 1) one run emitted 31 to 175 µg of CO2e. To redo
# that, a reader needs the joules, the PUE (here 1, a laptop has no cooling plant) and the grid's intensity with its country and year; with another grid the same joules give other grams.
#
# === BEGIN MARK SCHEME ===
# - 1 point: the student's own numbers with unit and interval, AND how they are known (method) and whose joules they are (process or machine, above idle or not). "Unavailable" is a full answer where it is so; 0 J is not.
# - 1 point: tells the scatter of the rounds from the interval, says from the figure which is larger, and that repetition narrows only the scatter.
# - 1 point: names what the step to grams needs: PUE and the grid's intensity (country, year, average), and that these are factors of choice beside the measured joules.
# === END MARK SCHEME ===
# ### END SOLUTION

# %% [markdown]
# ## 3 · Where and when
#
# The same kWh emits more in one place than in another, and at some hours more than at others. You can choose both.

# %% [markdown] exercise="by_country" minutes=5 difficulty=2
# ### Exercise 7 · Where?
#
# **Write** `by_country(kwh, g_per_kwh)`. `g_per_kwh` is a dict from country to grams of CO2e for a kWh, such as `{"Norway": 31, "Poland": 615}`. Give a list of pairs `(country, kg)`: what a job of `kwh` emits in each, in **kilograms**, the cleanest country first.
#
# <details><summary>Hint 1 · "How do I go through a dict?"</summary>
#
# `for country, grams in g_per_kwh.items():`
# </details>
# <details><summary>Hint 2 · "It sorts by name"</summary>
#
# `sorted(pairs, key=lambda pair: pair[1])` sorts by the second of each pair.
# </details>
# <details><summary>Hint 3 · "My numbers are 1,000 times too large"</summary>
#
# The grid's numbers are in grams.
# </details>


# %% solution="by_country" without="greenlab.carbon.by_country"
def by_country(kwh, g_per_kwh):
    """(country, kg of CO2e) pairs, the cleanest first."""
    ### BEGIN SOLUTION
    pairs = [(country, kwh * grams / 1000) for country, grams in g_per_kwh.items()]
    return sorted(pairs, key=lambda pair: pair[1])
    ### END SOLUTION


# %% tests="by_country" points=2
for form in ("by_country", "co2e_kg"):
    check.own_work(by_country, without=f"greenlab.carbon.{form}")
grids = {"Beta": 500, "Alpha": 300, "Delta": 40, "Gamma": 800}
before, what = dict(grids), "by_country(200, grids)"
countries, kilograms = choices.ranked(by_country(200, grids), what)
choices.order(countries, grids, what)
check.close(kilograms, [8, 60, 100, 160], what, choices.by_country(200, [40, 300, 500, 800]))
check.that(list(grids.items()) == list(before.items()), "by_country changes its dict: make a list.")
check.passed("Exercise 7")
### BEGIN HIDDEN TESTS
grids = {"A": 30.0, "B": 20.5, "C": 700.0, "D": 0.0, "E": 21.0}
what = "by_country of five grids"
countries, kilograms = choices.ranked(by_country(1000, grids), what)
choices.order(countries, grids, what)
right = [0, 20.5, 21, 30, 700]
check.close(kilograms, right, what, choices.by_country(1000, right))
### END HIDDEN TESTS

# %% checkpoint="by_country"
# Stuck on Exercise 7? Delete the "# " of the next line, run this cell and go on.
# from greenlab.carbon import by_country

# %% [markdown]
# ### Predict 4
#
# BERT's 1,507 kWh (its PUE is in it), in Norway and in India: How many times as much CO2e in India?
#
# *My prediction:*
#
# **Experiment:** run the next cell.

# %% explore="where"
figures.where(1507, by_country=by_country, job="BERT's 1,507 kWh")

# %% [markdown]
# These are Ember's averages of a country's power plants over a year, with everything that building them and their fuel emitted. The orange bar is the paper's 0.954 lb/kWh, 433 g/kWh, from the EPA. Don't read progress from it and the 384 g/kWh of the United States today alone: the EPA counts
# the CO₂ of the chimneys, Ember the greenhouse gases of the whole life of plants and fuels. Choosing the region is the largest single step, found Dodge and others (2022); the time of day comes next. An average is not all: what an *extra* job makes a grid burn may differ, and if everybody moved to Norway, its grid would not stay that clean.

# %% [markdown] exercise="cheapest_start" minutes=8 difficulty=3
# ### Exercise 8 · When?
#
# `day` holds 24 numbers, the grid's g/kWh in each hour, `day[0]` for the hour after midnight. A job of steady power runs for a whole number of `hours` (24 at most). **Write** `cheapest_start(day, hours)`: the hour at which to start so that the **mean** of the hours it runs in is least, and that mean: `return hour, mean`.
# All 24 starts count: a job may run past midnight, into a day that looks the same. Of equally good starts, the earliest.
#
# <details><summary>Hint 1 · "My job falls off the end of the day"</summary>
#
# After hour 23 comes hour 0: `day[(start + i) % 24]` for `i in range(hours)`.
# </details>
# <details><summary>Hint 2 · "How do I keep the best?"</summary>
#
# Compute all 24 means into a list, `means`. Then `min(means)` is the mean and `means.index(min(means))` the first hour that has it.
# </details>
# <details><summary>Hint 3 · "My hour is that of the cleanest single hour"</summary>
#
# A job of several hours has to live with all of them. So two loops: an outer one over the 24 starts, an inner one that adds up the hours of *one* start.
# </details>


# %% solution="cheapest_start" without="greenlab.carbon.cheapest_start"
def cheapest_start(day, hours):
    """The hour to start at, and the mean g/kWh of the hours that the job then runs in."""
    ### BEGIN SOLUTION
    means = [sum(day[(start + i) % 24] for i in range(hours)) / hours for start in range(24)]
    return means.index(min(means)), min(means)
    ### END SOLUTION


# %% tests="cheapest_start" points=3
for form in ("cheapest_start", "mean_intensity"):
    check.own_work(cheapest_start, without=f"greenlab.carbon.{form}")
names = "hour", "mean"
# Made up: dirty by day, clean from 22:00 to 2:00, a short dip at noon.
day = [110, 100, *[400] * 10, 80, *[400] * 9, 200, 120]
for hours, right in ((1, [12, 80]), (4, [22, 132.5])):
    what = f"cheapest_start(day, {hours})"
    got = slips.numbers(choices.started(cheapest_start, day, hours, what), what, names)
    check.close(got, right, what, choices.cheapest_start(day, hours))
# A grid that is the same all day: every start is as good, so the earliest.
flat, what = [300] * 24, "cheapest_start(the same all day, 5)"
got = slips.numbers(choices.started(cheapest_start, flat, 5, what), what, names)
check.close(got, [0, 300], what, choices.cheapest_start(flat, 5))
check.passed("Exercise 8")
### BEGIN HIDDEN TESTS
day = [300, 310, 320, 330, 340, 350, 340, 330, 300, 260, 220, 200] + [190, 200, 230, 270] * 3
for hours, right in ((3, [11, 590 / 3]), (6, [11, 1280 / 6]), (24, [0, sum(day) / 24])):
    what = f"cheapest_start(another day, {hours})"
    got = slips.numbers(choices.started(cheapest_start, day, hours, what), what, names)
    check.close(got, right, what, choices.cheapest_start(day, hours))
day = [*[500] * 5, 200, 200, *[500] * 10, 200, 200, *[500] * 5]
evening, what = [400] * 21 + [100] * 3, "cheapest_start(clean from 21:00 to midnight, 3)"
got = slips.numbers(cheapest_start(evening, 3), what, names)
check.close(got, [21, 100], what, choices.cheapest_start(evening, 3))
what = "cheapest_start of two equally good starts"
got = slips.numbers(cheapest_start(day, 2), what, names)
check.close(got, [5, 200], what, choices.cheapest_start(day, 2))
### END HIDDEN TESTS

# %% checkpoint="cheapest_start"
# Stuck on Exercise 8? Delete the "# " of the next line, run this cell and go on.
# from greenlab.carbon import cheapest_start

# %% [markdown]
# The day below is **synthetic: nobody measured it.** It has the shape that much solar power gives a grid, a dip at midday and a peak in the evening, and the mean of the world's grid. Real hours come from a grid operator.
#
# ### Predict 5
#
# How much can a job of 6 hours save by waiting for the best start instead of the worst? And one of 12 hours? How much against the day's mean, which is what you get on average if you don't choose?
#
# *My prediction:*
#
# **Experiment:** run the next cell.

# %% explore="when"
for hours in (6, 12):
    figures.when(hours, carbon.WORLD.g_per_kwh, cheapest_start)

# %% [markdown]
# ## 4 · What the famous number really was
#
# 626,155 lb, 284 metric tons: the neural architecture search (NAS) that found the "Evolved Transformer" (So and others, 2019). Strubell and her co-authors had no access to it, and didn't run it. They took the published number of steps (979 million), the published speed of the Transformer (big)
# on 8 P100 cards (300,000 steps in 84 h, Vaswani and others, 2017), and the power that they had worked out for such cards from their own measurements on another one: a fair estimate, stated openly. Two years later Patterson and others, at the company where it had run, looked it up. The search had trained small proxies, not the big model, on another kind of chip, in an efficient data center:
#
# - for an **average organization**, the estimate was 18.7 times too high in energy (same grid, so in emissions too);
# - **where it really ran**, it was 88 times too high in emissions: 3.2 t.
#
# Each factor corrects the same estimate. Never use both: the 88 already includes the 18.7. And a search is paid **once for a problem, not once for each model**: whoever trains what it found pays for the training alone.

# %% [markdown] exercise="per_model_kg" minutes=5 difficulty=2
# ### Exercise 9 · A model's share of the search
#
# `models` models are trained with what one search found. **Write** `per_model_kg(estimate_kg, too_high, models, training_kg)`: the kilograms of **one** of them: its own training, and its share of the search, whose estimate was `too_high` times what it should be.
#
# <details><summary>Hint 1 · "What did the search emit?"</summary>
#
# An estimate that is 88 times too high: divide by 88.
# </details>
# <details><summary>Hint 2 · "What is divided among the models?"</summary>
#
# The search, which all of them share. Each has a training of its own, so that isn't.
# </details>
# <details><summary>Hint 3 · "What should come out with very many models?"</summary>
#
# Nearly the training alone.
# </details>


# %% solution="per_model_kg" without="greenlab.carbon.per_model_kg"
def per_model_kg(estimate_kg, too_high, models, training_kg):
    """One model's kg of CO2e: its training and its share of the corrected search."""
    ### BEGIN SOLUTION
    search_kg = estimate_kg / too_high
    return training_kg + search_kg / models
    ### END SOLUTION


# %% tests="per_model_kg" points=2
check.own_work(per_model_kg, without="greenlab.carbon.per_model_kg")
# 88 t of estimate, 88 times too high: 1,000 kg of search; 4 models share it.
case, what = (88_000, 88, 4, 90), "per_model_kg(88_000, 88, 4, 90)"
check.close(per_model_kg(*case), 340, what, choices.per_model_kg(*case))
check.passed("Exercise 9")
### BEGIN HIDDEN TESTS
for case, right in (
    ((284_000, 18.7, 1, 87), 284_000 / 18.7 + 87),
    ((284_000, 1, 1000, 87), 371),
    ((50_000, 2.5, 8, 0), 2500),
):
    what = f"per_model_kg{case}"
    check.close(per_model_kg(*case), right, what, choices.per_model_kg(*case))
### END HIDDEN TESTS

# %% checkpoint="per_model_kg"
# Stuck on Exercise 9? Delete the "# " of the next line, run this cell and go on.
# from greenlab.carbon import per_model_kg

# %% [markdown]
# ### Predict 6
#
# Training the Transformer (big) once emits 87 kg, by Table 3. How many models must share the search until its share is smaller than that: with the estimate of 2019, and with the search as it really ran?
#
# *My prediction:*
#
# **Experiment:** run the next cell.

# %% explore="search"
corrections.search()
corrections.search_shared(per_model_kg)

# %% [markdown] exercise="nas_headline" minutes=7 difficulty=2
# ### Answer 2 · Was the headline wrong?
#
# "Training a single AI model can emit as much carbon as five cars in their lifetimes", wrote a magazine (K. Hao, *MIT Technology Review*, June 6, 2019). In at most eight sentences, with numbers from your figures and tables: what of it is right, and what is not? What did Strubell and her co-authors do well, and what would have let anybody find the right number in 2019?
# Which of the paper's numbers should a reader remember instead of 626,155, and why?

# %% [markdown] answer="nas_headline" points=4
# ### BEGIN SOLUTION
# The sum is right: Table 3's watts and hours give 626,155 lb to the last digit, and that is 5.0 car lifetimes. But it is not the training of a model, it is a search over many: training the Transformer (big) once is 192 lb, 3,263 times less. And as the emissions of that
# search it was far too high: 18.7 times for an average organization (15 t in place of 284 t), 88 times where it really ran (3.2 t; the two factors are not to be multiplied). The search is paid once: if 38 models use what it found, its share in each is already less than one training of the
# Transformer (big), with the estimate of 2019 it takes 3,262. The authors gave their equation, watts, hours and sources, so that others could redo, find a slip (32,623 for 32,633 h), and correct it; they had to guess since those who ran the search had not reported its energy, hardware and place.
# One such line in the search's own paper would have been enough. I would remember 78,468 lb against 39 lb: the research on one ordinary pipeline took 4,789 jobs and 2,000 times what one training took. It is from the authors' own logs, and it is the cost that a paper usually leaves out.
#
# === BEGIN MARK SCHEME ===
# - 1 point: the sum is right as arithmetic (Table 3 reproduces; 626,155 lb is 5.0 cars), but it is a search, not the training of a model (192 lb, thousands of times less).
# - 1 point: the corrections with their numbers (18.7 for an average organization, or 88 and 3.2 t where it ran; not multiplied), and that a search is paid once and shared by all models that use it.
# - 1 point: judges the authors fairly: method, inputs and constants are stated, so it could be checked and corrected; what was missing was a report by those who ran it (energy, hardware, hours, place).
# - 1 point: a number to remember, with a reason that follows from the tables (such as 78,468 lb or 4,789 jobs of an ordinary project against 39 lb of one training).
# === END MARK SCHEME ===
# ### END SOLUTION

# %% [markdown]
# ## What this lab cost
#
# Green AI begins with saying what a result cost. Here is yours. (To keep a diary of your semester, write readings down with `greenlab.energy.ledger.add(reading)`; `greenlab budget` in a terminal sums them up. Nothing is written unless you ask.)

# %% explore="cost"
print(lab.cost())

# %% [markdown]
# **Before you submit:** *Kernel → Restart Kernel and Run All Cells*, check that each exercise prints its ✓, or that you used its checkpoint, and that both answers are written. Then save.
#
# **Sources**
#
# - Strubell, Ganesh, McCallum, *Energy and Policy Considerations for Deep Learning in NLP*, ACL 2019, arXiv:1906.02243. Steps and speed behind its search: Vaswani and others, *Attention Is All You Need*, 2017; So, Le, Liang, *The Evolved Transformer*, 2019.
# - Patterson and others, *Carbon Emissions and Large Neural Network Training*, 2021, arXiv:2104.10350.
# - Dodge and others, *Measuring the Carbon Intensity of AI in Cloud Instances*, FAccT 2022, arXiv:2206.05229.
# - Luccioni, Viguier, Ligozat, *Estimating the Carbon Footprint of BLOOM, a 176B Parameter Language Model*, 2022, arXiv:2211.02001.
# - Grids by country: Ember's yearly electricity data, prepared by Our World in Data (CC BY 4.0).
