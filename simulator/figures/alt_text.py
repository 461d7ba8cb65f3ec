"""What each figure says, in words: for who cannot see it, and for who searches the text."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from simulator.core.formatting import condition, digits, exact, money, percent, scaled, shown
from simulator.figures.kinds.cost import point_said, target_said
from simulator.figures.style import plain, words

if TYPE_CHECKING:
    from simulator.figures import Table

_NAMED = 5


_MOST = 120  # letters of a title


def _of(table: "Table") -> str:
    title = plain(table["title"])
    return title if len(title) <= _MOST else f"{title[: _MOST - 1].rstrip()}…"


def _range(figures: Any) -> str:
    return f"{money(figures['low'])} to {money(figures['high'])}"


def _total(table: "Table") -> str:
    return f"median {money(table['total']['median'])} USD, {table['interval']:g}% interval {_range(table['total'])}"


def _budget(table: "Table") -> str:
    stands = table.get("budget")
    if stands is None:
        return ""
    return f"; the budget of {exact(stands['amount'])} is kept with {percent(stands['probability_within'])} chance"


def _listed(texts: list[str]) -> str:
    more = f" and {len(texts) - _NAMED} more" if len(texts) > _NAMED else ""
    return "; ".join(texts[:_NAMED]) + more if texts else "none"


def _histogram(table: "Table") -> str:
    return f"Histogram of the total cost of {_of(table)}: {_total(table)}{_budget(table)}."


def _s_curve(table: "Table") -> str:
    eighty = money(table["total"]["quantiles"]["80"])
    point = table["point_estimate"]
    return (
        f"Curve of the chance to stay within each amount for {_of(table)}: {_total(table)}, P80 {eighty}; the point "
        f"estimate of {point_said(point)} stands at P{point['percentile']:.0f}{_budget(table)}."
    )


def _breakdown(table: "Table") -> str:
    lines = sorted(
        (told["mean"] or told["median"], name, told) for name, told in table["quantities"].items() if told["role"] == "line"
    )[::-1]
    said = [f"{words(name)} {money(told['median'])} ({_range(told)})" for _, name, told in lines]
    return f"Lines of the total cost of {_of(table)}, median and interval: {_listed(said)}."


def _cashflow(table: "Table") -> str:
    last = table["periods"][-1]
    end = last["cumulative"]
    months = last["from_month"] + last["months"]
    return (
        f"Fan of the cost so far of {_of(table)} over {months} months, up to a median of {money(end['median'])} "
        f"({_range(end)})."
    )


def _joint(table: "Table") -> str:
    most, latest = target_said(table["cost_target"], "amount", money), target_said(table["date_target"], "months", digits)
    shares = [f"{words(name)} {percent(share['value'])}" for name, share in table["quadrants"].items()]
    return (
        f"Scatter of total cost by {words(table['time'])} of {_of(table)}, with targets of "
        f"{most} USD and {latest} months: {', '.join(shares)}."
    )


def _tornado(table: "Table") -> str:
    rows = [(row["name"], row["swing"]) for row in table["drivers"] if row["swing"]]
    rows.sort(key=lambda row: -abs(row[1]["median"]["p90"] - row[1]["median"]["p10"]))
    said = [
        f"{words(name)} {_between(swing['median'])}"
        + (f" (conditional {_between(swing['conditional'])})" if swing.get("conditional") else "")
        for name, swing in rows
    ]
    return f"Median total of {_of(table)} with each input set to its P10 and to its P90: {_listed(said)}."


def _between(ends: Mapping[str, float]) -> str:
    return f"{money(ends['p10'])} to {money(ends['p90'])}"


def _variance(table: "Table") -> str:
    rows = [(row["share_of_variance"]["value"], words(row["name"])) for row in table["drivers"] if row["share_of_variance"]]
    said = [f"{name} {percent(max(0.0, share))}" for share, name in sorted(rows, reverse=True)]
    return f"Share of the variance of the {table['variance_of']} of {_of(table)} by input: {_listed(said)}."


def _correlation(table: "Table") -> str:
    said = [f"{words(name)} {ranks[0]:+.2f}" for name, ranks in zip(table["names"][1:], table["ranks"][1:], strict=True)]
    return f"Heat map of rank correlations; with the total of {_of(table)}: {_listed(said)}."


def _levers(table: "Table") -> str:
    said = [f"{words(row['name'])} {money(row['saving']['median'])} ({_range(row['saving'])})" for row in table["levers"]]
    return f"What each lever saves on {_of(table)} by itself, median and interval: {_listed(said)}."


def _stress(table: "Table") -> str:
    rows = sorted(table["shocks"]["worlds"], key=lambda row: -row["change"]["value"])
    said = [f"{words(row['name'])} {money(row['change']['value'])}" for row in rows if row["change"]["moves"]]
    return f"What each shock adds to the {table['shocks']['ranked_by']} of the total of {_of(table)}: {_listed(said)}."


def _reverse(table: "Table") -> str:
    found = table["reverse"]
    said = [
        f"{words(row['name'])} {shown(row['then']['median'], '' if row['unit'] == '1' else row['unit'])} in place of "
        f"{shown(row['usual']['median'], '' if row['unit'] == '1' else row['unit'])}"
        for row in found["inputs"] if row["clear"]
    ]  # fmt: skip
    chance = percent(found["chance"]["value"])
    which = condition(found["quantity"], found["amount"], found["unit"], above=found["above"])
    return f"Worlds of {_of(table)} in which {which} ({chance} of all), medians: {_listed(said)}."


def _overlay(table: "Table") -> str:
    said = [f"{plain(row['name'])} {money(row['median'])} ({_range(row)})" for row in table["scenarios"]]
    return f"Distributions of total costs over each other, median and {table['interval']:g}% interval: {_listed(said)}."


def _difference(table: "Table") -> str:
    said = [
        f"{plain(row['of'])} less {plain(row['from'])}: median {money(row['median'])} ({_range(row)}), dearer in "
        f"{percent(row['first_cheaper']['value'])} of worlds"
        for row in table["differences"]
    ]
    return f"Histograms of paired differences. {_listed(said)}."


def _convergence(table: "Table") -> str:
    said = [f"{name} {money(rows[-1]['value'])} with an error of {money(rows[-1]['error'])}"
            for name, rows in table["quantiles"].items()]  # fmt: skip
    return f"Quantiles of the total of {_of(table)} by number of draws, at the end: {_listed(said)}."


def _prior(table: "Table") -> str:
    low, middle, high = (scaled(x) for x in (table["low"], table["median"], table["high"]))
    unit = f" {table['unit']}" if table["unit"] else ""
    rest = f"{len(table['sources'])} sources" if table["sources"] else "an assumption"
    return (
        f"Density of the prior {words(table['name'])}: median {middle}{unit}, {table['interval']:g}% interval "
        f"{low} to {high}{unit}; {rest}."
    )


def _growth(table: "Table") -> str:
    growth = table["growth"]
    return (
        f"{table['cost']} cost of {table['n']} models grows {growth['value']:.2f} times a year ({table['interval']:g}% "
        f"interval {growth['low']:.2f} to {growth['high']:.2f})"
    )


def _trend(table: "Table") -> str:
    return f"Scatter of frontier models by date and cost with the fitted line and its bands: {_growth(table)}."


def _backtest(table: "Table") -> str:
    said = [
        f"{words(name)} (n = {told['n']}): "
        + ", ".join(f"{level}% held {percent(share)}" for level, share in told["coverage"].items())
        for name, told in table["targets"].items()
    ]
    return f"Coverage of intervals and places of published figures in their predictions. {_listed(said)}."


def _epoch_growth(table: "Table") -> str:
    return f"Cost of the final run of frontier models over time: {_listed([_growth(told) for told in table['costs']])}."


def _epoch_components(table: "Table") -> str:
    said = [
        f"{plain(row['title'])}: " + ", ".join(f"{part} {percent(share)}" for part, share in row["shares"].items())
        for row in table["scenarios"]
    ]
    return f"Shares of the cost of development. {_listed(said)}."


SAID: dict[str, Callable[["Table"], str]] = {
    "histogram": _histogram, "s-curve": _s_curve, "breakdown": _breakdown, "cashflow": _cashflow, "joint": _joint,
    "tornado": _tornado, "variance": _variance, "correlation": _correlation, "levers": _levers, "stress": _stress,
    "reverse": _reverse, "overlay": _overlay, "difference": _difference, "convergence": _convergence, "prior": _prior,
    "trend": _trend, "backtest": _backtest, "epoch-growth": _epoch_growth, "epoch-components": _epoch_components,
    "epoch-acquisition": _trend,
}  # fmt: skip
