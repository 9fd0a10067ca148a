"""Thin widgets over plain functions; each leaves a still picture where widgets can't run."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping

import matplotlib.pyplot as plt
from matplotlib.figure import Figure
from torch import Tensor

from greenlab import carbon
from greenlab.plots import distillation as figures

TEMPERATURES = (0.5, 1, 1.5, 2, 3, 4, 6, 8, 12, 20, 32)


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
    source = f"data:image/png;base64,{base64.b64encode(still).decode()}"
    display(
        HTML(
            "<details><summary>No sliders above? Here is the picture at T = 4.</summary>"
            f'<img alt="{what}" src="{source}"></details>'
        )
    )


def carbon_calculator(hours: float = 84.0) -> None:
    """Fields for hardware, hours, PUE, country and price; below, what `carbon.footprint` says.

    Starts with the machine that trained the Transformer (big), for `hours`, on the world's average
    grid. Outside a notebook, and folded below the fields, stands the result at the start.
    Raises ValueError for negative hours.
    """
    own, first = "my own machine", "8 P100"
    machine = carbon.HARDWARE[first]
    start = carbon.footprint(machine.watts, hours, "World", rent=(machine.device, machine.devices))
    from IPython.display import HTML, display

    if not _live():
        display(start)
        return
    import ipywidgets as w

    wide = {"layout": w.Layout(width="420px"), "style": {"description_width": "170px"}}
    names = [carbon.WORLD.country, *(grid.country for grid in carbon.grids())]
    hardware = w.Dropdown(
        options=[*carbon.HARDWARE, own], value=first, description="hardware", **wide
    )

    def number(value: float, least: float, what: str) -> w.BoundedFloatText:
        return w.BoundedFloatText(value, min=least, max=1e9, description=what, **wide)

    watts = number(machine.watts, 0, "watts, all of it")
    time = number(hours, 0, "hours")
    pue = number(carbon.PUE, 1, "PUE")
    country = w.Dropdown(options=names, description="country", **wide)
    price = number(carbon.USD_PER_KWH, 0, "dollars for a kWh")
    making = w.Checkbox(False, description="making it too, BLOOM's share", **wide)
    watts.disabled = True
    screen = w.HTML(start._repr_html_())

    def update(_: object) -> None:
        machine = carbon.HARDWARE.get(hardware.value)
        watts.disabled = machine is not None
        if machine is not None:
            watts.value = machine.watts
        made = carbon.footprint(
            watts.value,
            time.value,
            country.value,
            pue.value,
            price.value,
            None if machine is None else (machine.device, machine.devices),
            carbon.BLOOM_EMBODIED_SHARE if making.value else None,
        )
        screen.value = made._repr_html_()

    fields = (hardware, watts, time, pue, country, price, making)
    for field in fields:
        field.observe(update, "value")
    display(w.HBox([w.VBox(fields), screen], layout=w.Layout(flex_flow="row wrap")))
    display(
        HTML(
            f"<details><summary>No fields above? Here is {first} for {hours:g} hours.</summary>"
            f"{start._repr_html_()}</details>"
        )
    )
