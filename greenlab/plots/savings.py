"""The pruning lab's tables of what pruning saves: on paper, and when a network runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from IPython.display import Markdown, display

from greenlab.compression import Table
from greenlab.deploy import Timing
from greenlab.energy.reading import in_words


def compression_table(
    rows: Sequence[tuple[str, Table, str | None, float | None]],
    times_fewer: Callable[[list[int], list[int], list[float]], float],
) -> None:
    """Show what each (network, count, what the paper prints of it, test error in %) saves.

    Rates are by `times_fewer`. A row without a test error was counted, not trained. Displays a
    table in a notebook.
    """
    lines = [
        "| network | parameters | left | times fewer, by you | MB of weights, dense | CSR | 4-bit "
        "| FLOPs left | test error | in the paper: left, times fewer, FLOPs left |",
        "| :-- | --: | --: | --: | --: | --: | --: | --: | --: | :-- |",
    ]
    for name, table, printed, error in rows:
        layers, total = table.layers, table.total
        rate = times_fewer(
            [row.weights for row in layers],
            [row.biases for row in layers],
            [row.density for row in layers],
        )
        told = "counted" if error is None else f"{error:.1f}%"
        megabytes = (total.dense_bytes, total.csr_bytes, total.relative_bytes)
        lines.append(
            f"| {name} | {total.weights + total.biases:,} | {total.kept + total.biases:,} "
            f"| {rate:.1f} | "
            + " | ".join(f"{size / 1e6:.3g}" for size in megabytes)
            + f" | {100 * total.flops / total.dense_flops:.0f}% | {told} | {printed or '–'} |"
        )
    display(Markdown("\n".join(lines)))


def energy_table(timings: Sequence[Timing], sparsity: float) -> None:
    """Show time and joules of one call of each form at one sparsity, and how the joules are known.

    Displays a table in a notebook.
    """
    lines = [
        f"| {100 * sparsity:g}% pruned | form | time of a call | energy | how it is known |",
        "| :-- | :-- | --: | --: | :-- |",
    ]
    for t in (t for t in timings if t.sparsity == sparsity):
        reading = t.reading
        joules = "–"
        if reading.interval is not None:
            joules = in_words(reading.interval, reading.method)
        lines.append(
            f"| batch {t.batch} | {t.form} | {1e6 * t.seconds:,.0f} µs | {joules} "
            f"| {reading.method} |"
        )
    display(Markdown("\n".join(lines)))
