"""A picture of where everybody stands: one bar for each standing, told apart by words, place and pattern too."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Final, NamedTuple

WIDTH, ROW, FRAME = 8.0, 0.62, 1.15  # inches
DOTS: Final = 150  # an inch
LONGEST_TITLE: Final = 70
LONGEST_LABEL: Final = 28

# Okabe and Ito's colours are told apart by people with every kind of colour blindness (jfly.uni-koeln.de/color).
GREEN, BLUE, YELLOW, ORANGE, RED, GREY = "#009E73", "#56B4E9", "#F0E442", "#E69F00", "#D55E00", "#999999"
INK: Final = "#1A1A1A"


class Bar(NamedTuple):
    """How many `people` stand somewhere; `pattern` (of matplotlib's) shows it where colours don't."""

    label: str
    people: int
    colour: str
    pattern: str = ""


def draw(title: str, bars: Sequence[Bar]) -> bytes:
    """Draws bars one below the other, each with its words and its number; gives a PNG.

    Takes a second and belongs into a thread.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator, StrMethodFormatter

    figure = Figure(figsize=(WIDTH, FRAME + ROW * max(len(bars), 1)), dpi=DOTS, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    most = max((bar.people for bar in bars), default=0) or 1
    for place, bar in enumerate(bars):
        axes.barh(place, bar.people, color=bar.colour, edgecolor=INK, hatch=bar.pattern, height=0.7, linewidth=0.8)
        axes.text(bar.people + most * 0.015, place, f"{bar.people:,}", va="center", fontsize=14, color=INK)
    axes.set_yticks(range(len(bars)), [_wrapped(bar.label) for bar in bars], fontsize=12, color=INK, parse_math=False)
    axes.invert_yaxis()
    axes.set_xlim(0, most * 1.2)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    axes.tick_params(axis="x", labelsize=11, colors=INK)
    axes.tick_params(axis="y", length=0)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    figure.suptitle(_shortened(title), x=0.01, ha="left", fontsize=14, color=INK, parse_math=False)
    made = io.BytesIO()
    figure.savefig(made, format="png")
    return made.getvalue()


def describe(title: str, bars: Sequence[Bar]) -> str:
    """Says in words what the picture shows, for whoever does not see it."""
    return f"{title}: " + ", ".join(f"{bar.label} {bar.people:,}" for bar in bars) + "."


def _wrapped(label: str) -> str:
    from textwrap import fill

    return fill(label, LONGEST_LABEL)


def _shortened(title: str) -> str:
    return title if len(title) <= LONGEST_TITLE else f"{title[: LONGEST_TITLE - 1].rstrip()}…"
