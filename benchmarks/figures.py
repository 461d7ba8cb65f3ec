"""Two figures of the measurements: cost.svg from results.json, error.svg from accuracy.json.

`python -m pip install matplotlib` in any environment, then `python benchmarks/figures.py [--png FOLDER]`.
"""

import argparse
import json
import statistics
from pathlib import Path

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

HERE = Path(__file__).parent
LOOK = {
    "svg.fonttype": "none",  # text stays text: small files
    "svg.hashsalt": "llmcost",  # the same numbers give the same bytes
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans", "Arial", "Helvetica"],
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
}
COST = {  # name in results.json: label, colour, marker, line
    "naive numpy": ("naive numpy", "#888888", "s", "--"),
    "llmcost, 1 thread": ("llmcost, 1 thread", "#2f6f9f", "o", "-"),
    "llmcost, 2 threads": ("llmcost, 2 threads", "#0b2545", "D", "-"),
}
ERROR = {
    "random": ("random", "#888888", "s", "--"),
    "Latin hypercube": ("Latin hypercube", "#c08a2d", "^", ":"),
    "Sobol": ("Sobol", "#2f6f9f", "o", "-"),
    "Sobol, one factor integrated out": ("Sobol, one factor integrated out", "#0b2545", "D", "-"),
}


def style(look: tuple[str, str, str, str]) -> dict:
    """Return the style of a line, which is distinguishable in grey."""
    label, colour, marker, line = look
    return {"label": label, "color": colour, "marker": marker, "linestyle": line, "markersize": 5, "linewidth": 1.5}


def dress(axes: Axes, title: str, across: str, up: str) -> None:
    """Label logarithmic axes."""
    axes.set(xscale="log", yscale="log", xlabel=across, ylabel=up)
    axes.set_title(title, loc="left", fontsize=10)
    axes.grid(True, which="major", color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.yaxis.set_major_formatter("{x:g}")
    axes.xaxis.set_minor_locator(NullLocator())


def cost(results: dict) -> Figure:
    """Draw seconds against draws, median and range of the rounds."""
    figure = Figure(figsize=(6.4, 3.8), layout="constrained")
    axes = figure.subplots()
    for name, look in COST.items():
        sizes = sorted({run["draws"] for run in results["runs"][name]})
        each = [[run["seconds"] for run in results["runs"][name] if run["draws"] == draws] for draws in sizes]
        axes.plot(sizes, [statistics.median(seconds) for seconds in each], **style(look))
        axes.vlines(
            sizes, [min(seconds) for seconds in each], [max(seconds) for seconds in each], color=look[1], linewidth=3, alpha=0.4
        )
    dress(axes, "Time from the first draw to the last statistic", "draws", "seconds")
    axes.legend(frameon=False, loc="upper left")
    return figure


def error(accuracy: dict) -> Figure:
    """Draw the error of the median and of P95 against draws, by method."""
    figure = Figure(figsize=(7.2, 3.8), layout="constrained")
    for axes, name in zip(figure.subplots(1, 2, sharey=True), ("P50", "P95"), strict=True):
        for method, look in ERROR.items():
            rows = {int(draws): row[name] * 100 for draws, row in accuracy["errors"].get(method, {}).items()}
            if rows:
                axes.plot(rows.keys(), rows.values(), **style(look))
        dress(axes, f"{name} of the total", "draws", "")
    axes = figure.axes[0]
    axes.set_ylabel("RMS relative error, %")
    figure.legend(*axes.get_legend_handles_labels(), frameon=False, loc="outside lower center", ncols=2)
    return figure


def main() -> None:
    """Draw the figures whose data exist."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--png", type=Path, metavar="FOLDER", help="write PNGs to this folder instead")
    options = parser.parse_args()
    for source, draw, name in (("results.json", cost, "cost"), ("accuracy.json", error, "error")):
        if not (HERE / source).exists():
            print(f"no {source} yet: no {name}.svg")
            continue
        with rc_context(LOOK):
            figure = draw(json.loads((HERE / source).read_text()))
            if options.png:
                figure.savefig(options.png / f"{name}.png", dpi=120)
            else:
                figure.savefig(HERE / f"{name}.svg", metadata={"Date": None})


if __name__ == "__main__":
    main()
