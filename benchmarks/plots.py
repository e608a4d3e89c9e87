"""One figure as a plot and as a table: what something costs as something else grows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import matplotlib

from benchmarks.tables import table

matplotlib.use("Agg")
matplotlib.rcParams["svg.hashsalt"] = "benchmarks"  # the same ids each time: a new run changes what it measured
matplotlib.rcParams["svg.fonttype"] = "none"  # text as text: fewer bytes, and it can be searched

from matplotlib import pyplot  # noqa: E402

INCHES = (6.4, 3.6)


class Series(NamedTuple):
    """A line of a plot and a column of its table: y by x."""

    name: str
    points: dict[float, float]


class Figure(NamedTuple):
    """Series over one x."""

    name: str
    """Of its file too."""
    x: str
    y: str
    series: Sequence[Series]
    is_log: bool = False

    def table(self) -> str:
        """Its figures, a row for each x."""
        xs = sorted({x for series in self.series for x in series.points})
        rows = [[x, *(series.points.get(x) for series in self.series)] for x in xs]
        return table([self.x, *(f"{series.name}, {self.y}" for series in self.series)], rows)

    def save(self, folder: Path) -> None:
        """Draws it into the folder, as SVG."""
        plot, axes = pyplot.subplots(figsize=INCHES, layout="constrained")
        for series in self.series:
            axes.plot([*series.points], [*series.points.values()], marker="o", markersize=4, label=series.name)
        axes.set(xlabel=self.x, ylabel=self.y)
        if self.is_log:
            axes.set(xscale="log", yscale="log")
        else:
            axes.set_ylim(bottom=0)
        axes.grid(alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(frameon=False)
        plot.savefig(folder / f"{self.name}.svg", metadata={"Date": None})
        pyplot.close(plot)
