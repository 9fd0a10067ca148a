"""Thin widgets over plain functions; each leaves a still picture where widgets can't run."""

from __future__ import annotations

import base64
import copy
import io
from collections.abc import Callable, Mapping

import matplotlib.pyplot as plt
from matplotlib.figure import Figure
from torch import Tensor, nn

from greenlab import carbon, train
from greenlab.masks import Masks, weights
from greenlab.plots import distillation as figures
from greenlab.plots import neurons

TEMPERATURES = (0.5, 1, 1.5, 2, 3, 4, 6, 8, 12, 20, 32)
QUALITIES = tuple(round(0.1 * k, 1) for k in range(31))


def _png(fig: Figure) -> bytes:
    buffer = io.BytesIO()
    fig.savefig(buffer, format="png", dpi=96)
    plt.close(fig)
    return buffer.getvalue()


def _live() -> bool:
    # Widgets need a running kernel; a plain interpreter or a page made from a file has none.
    try:
        from IPython import get_ipython
    except ImportError:
        return False
    return getattr(get_ipython(), "kernel", None) is not None


def _folded(still: bytes, what: str, summary: str) -> str:
    source = f"data:image/png;base64,{base64.b64encode(still).decode()}"
    return f'<details><summary>{summary}</summary><img alt="{what}" src="{source}"></details>'


def temperature_explorer(
    images: Tensor, labels: Tensor, teacher_logits: Tensor, students: Mapping[str, Tensor]
) -> None:
    """A slider for T and one for the digit: hard label, teacher's soft target, students' answers.

    images (n, 784), labels (n,), logits (n, 10). Outside a notebook, and folded below the sliders
    for pages where they can't run, stands a still picture at T = 4.
    Raises ValueError when there is no digit to show.
    """
    if len(images) == 0:
        raise ValueError("the explorer needs at least one digit")

    def picture(digit: int, T: float) -> bytes:
        answers = {name: z[digit].cpu() for name, z in students.items()}
        return _png(
            figures.temperature_panel(
                images[digit], int(labels[digit]), T, teacher_logits[digit].cpu(), answers
            )
        )

    from IPython.display import HTML, Image, display

    what = "digit, hard label, soft target and answers at T = 4"
    still = picture(0, 4.0)
    if not _live():
        display(Image(still, alt=what))
        return
    import ipywidgets as w

    screen = w.Image(value=still, format="png", layout=w.Layout(max_width="100%"))
    wide = {"layout": w.Layout(width="420px"), "style": {"description_width": "90px"}}
    T = w.SelectionSlider(options=TEMPERATURES, value=4, description="temperature", **wide)
    digit = w.IntSlider(0, 0, len(images) - 1, description="digit", **wide)

    def update(_: object) -> None:
        screen.value = picture(digit.value, T.value)

    T.observe(update, "value")
    digit.observe(update, "value")
    display(w.VBox([w.HBox([T, digit]), screen]))
    display(HTML(_folded(still, what, "No sliders above? Here is the picture at T = 4.")))


def threshold_explorer(
    model: nn.Module,
    threshold_mask: Callable[[Tensor, float], Tensor],
    x: Tensor,
    y: Tensor,
    start: float = 1.0,
) -> None:
    """A slider for the quality: what it prunes of each layer, the density, the test error.

    `threshold_mask(w, quality)` gives a layer's mask; x (n, …) and labels y (n,) are classified by
    a pruned copy of `model`, not retrained. Outside a notebook, and folded below the slider,
    stands a still picture at quality `start`. Raises ValueError for a start that the slider hasn't.
    """
    if start not in QUALITIES:
        raise ValueError(f"start must be one of {QUALITIES}, got {start}")
    ws = {name: weight.detach().cpu() for name, weight in weights(model).items()}
    masks, points = {}, {}
    for quality in QUALITIES:
        masks[quality] = Masks({name: threshold_mask(w, quality) for name, w in ws.items()}, of=ws)
        pruned = masks[quality].apply(copy.deepcopy(model))
        share = 100 * train.errors(pruned, x, y) / len(x)
        points[quality] = 100 * masks[quality].density, share

    def picture(quality: float) -> bytes:
        curve = list(points.values())
        return _png(neurons.threshold_panel(ws, masks[quality], quality, curve, points[quality]))

    def words(quality: float) -> str:
        layers = [
            f"{100 * float(mask.float().mean()):.1f}% of {neurons.layer(ws[name])}"
            for name, mask in masks[quality].items()
        ]
        return f"At quality {quality:g}: {neurons.in_short(points[quality])} ({', '.join(layers)})."

    from IPython.display import HTML, Image, display

    still, what = picture(start), words(start)
    if not _live():
        display(Image(still, alt=what))
        return
    import ipywidgets as w

    screen = w.Image(value=still, format="png", layout=w.Layout(max_width="100%"))
    quality = w.SelectionSlider(
        options=QUALITIES, value=start, description="quality", layout=w.Layout(width="420px")
    )

    said = w.HTML(f"In words: {what}")

    def update(_: object) -> None:
        screen.value = picture(quality.value)
        said.value = f"In words: {words(quality.value)}"

    quality.observe(update, "value")
    display(w.VBox([quality, screen, said]))
    display(HTML(_folded(still, what, f"No slider above? Here is the picture at {start:g}.")))


OWN = "my own machine"
LAPTOP_WATTS, LAPTOP_HOURS = 50.0, 8.0  # a guess for a laptop at work and a day, to be replaced


def carbon_calculator(hours: float = 84.0) -> None:
    """Fields for hardware, hours, PUE, country and price; below, what `carbon.footprint` says.

    Starts with the machine that trained the Transformer (big), for `hours`, on the grid that the
    paper took. A number that can't be is put right, and that is said. Outside a notebook, and
    folded below the fields, stands the result at the start. Raises ValueError for negative hours.
    """
    first, paper = "8 P100", carbon.PAPER_US.country
    machine = carbon.HARDWARE[first]
    start = carbon.footprint(machine.watts, hours, paper, rent=(machine.device, machine.devices))
    from IPython.display import HTML, display

    if not _live():
        display(start)
        return
    import ipywidgets as w

    wide = {"layout": w.Layout(width="420px"), "style": {"description_width": "170px"}}
    names = [grid.country for grid in (carbon.PAPER_US, carbon.WORLD, *carbon.grids())]
    hardware = w.Dropdown(
        options=[*carbon.HARDWARE, OWN], value=first, description="hardware", **wide
    )
    watts = w.FloatText(machine.watts, description="watts, whole machine", disabled=True, **wide)
    time = w.FloatText(hours, description="hours", **wide)
    pue = w.FloatText(carbon.PUE, description="PUE", **wide)
    country = w.Dropdown(options=names, description="country", **wide)
    price = w.FloatText(carbon.USD_PER_KWH, description="dollars for a kWh", **wide)
    making = w.Checkbox(
        description="also making the hardware (BLOOM's share)",
        indent=False,
        layout=w.Layout(width="420px"),
    )
    note, screen = w.HTML(layout=w.Layout(width="420px")), w.HTML()
    least = {watts: 0.0, time: 0.0, pue: 1.0, price: 0.0}

    def choose(change: dict) -> None:
        machine = carbon.HARDWARE.get(hardware.value)
        watts.disabled = machine is not None
        watts.value = LAPTOP_WATTS if machine is None else machine.watts
        making.layout.display = "none" if machine is None else None
        if OWN in (change["old"], change["new"]):  # what suits a data center suits no laptop
            made = (LAPTOP_HOURS, 1.0, "World") if machine is None else (hours, carbon.PUE, paper)
            time.value, pue.value, country.value = made
        update(change)

    def update(_: object) -> None:
        machine = carbon.HARDWARE.get(hardware.value)
        said = []
        for field, low in least.items():
            if not low <= field.value <= 1e9:
                field.value = 1e9 if field.value > 1e9 else low
                bound = "a billion at most" if field.value > low else f"{low:g} or more"
                said.append(f"{field.description} must be {bound}: set to {field.value:,.0f}.")
        if said:
            note.value = f"<b>{' '.join(said)}</b>"
            return  # the new values have been computed with
        if machine is None:
            note.value = (
                f"{LAPTOP_WATTS:g} W and {LAPTOP_HOURS:g} hours are guesses for a laptop at work. "
                "A plug-in meter tells yours; its power supply states the most that it can draw."
            )
        else:
            note.value = f"{machine.watts:,.2f} W: {machine.source}"
        made = carbon.footprint(
            watts.value,
            time.value,
            country.value,
            pue.value,
            price.value,
            None if machine is None else (machine.device, machine.devices),
            carbon.BLOOM_EMBODIED_SHARE if making.value and machine is not None else None,
        )
        screen.value = made._repr_html_()

    fields = (hardware, watts, time, pue, country, price, making)
    hardware.observe(choose, "value")
    for field in fields[1:]:
        field.observe(update, "value")
    update(None)
    display(w.HBox([w.VBox([*fields, note]), screen], layout=w.Layout(flex_flow="row wrap")))
    display(
        HTML(
            f"<details><summary>No fields above? Here is {first} for {hours:g} hours.</summary>"
            f"{start._repr_html_()}</details>"
        )
    )
