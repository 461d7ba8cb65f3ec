"""Figures of `llmcost compare` from the draws of its scenarios."""

import json
import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
from definitions.case import Case, Draws
from definitions.recompute import rent_or_buy
from definitions.recompute.evaluation import draws_of_scenario, has_mean, less, quantities
from definitions.recompute.statistics import contract, header, probability_error, standard_error, summary

from simulator.analysis.times import with_times
from simulator.engine.graph import build_plan, evaluate
from simulator.scenario import TOTAL
from simulator.scenario.variants import open_variant, split_names

_SAVED = "old.json"

CASES = (
    f"compare gpt-4 gpt-4:basis=rented gpt-3 {_SAVED} --set 'money=December 2023 USD' --draws 2000",
    "compare small-medium Rare=small-medium:rollback.probability=0.02 small-medium:shock=goodput-half --draws 1500 "
    "--interval 80%",
    "compare llama-3.1-405b llama-3.1-405b:mfu=0.35 --draws 1000 --seed 4",
    "compare heavy.yaml heavy.yaml:energy_cost=500 --draws 1000",
    "compare Own=serve/llama-3.3-70b API=serve/llama-3.3-70b:serving=priced --draws 1500",
    "compare API=serve/llama-3.3-70b:basis=owned:serving=priced Own=serve/llama-3.3-70b:basis=owned --draws 1500",
    "compare Small=serve/llama-3.3-70b Large=serve/llama-3.3-70b:instance_chips=8 API=serve/llama-3.3-70b:serving=priced "
    "--set 'time_per_output_token_target=30 ms/token' --draws 1000",
    "compare H100=serve/llama-3.3-70b B200=serve/llama-3.3-70b:chip=nvidia-b200-sxm --draws 1000",
    "compare Shared=startup.yaml Dedicated=startup.yaml:reservation=dedicated Later=startup.yaml:lever=wait-for-better-recipes "
    "--draws 1000",
    *rent_or_buy.CASES,
)
_FLEETS = ("Own", "API", "H100", "B200", "Small", "Large")
NAMES = (
    "difference",
    *(f"{cost} token cost: {name}" for cost in ("mean", "input", "output") for name in _FLEETS),
    *(
        f"{time}: {name}"
        for time in ("wall clock", "release")
        for name in (
            "GPT-4 (gpt-4)",
            "GPT-4, rented",
            "GPT-3",
            "small-medium",
            "Rare",
            "small-medium: shock=goodput-half",
            "Llama 3.1 405B",
            "Llama 3.1 405B: mfu=0.35",
            "heavy",
            "heavy: energy_cost=500",
            "Own",
            "Shared",
            "Dedicated",
            "Later",
        )
    ),
    "GPT-4 (gpt-4)",
    "GPT-4 (old.json) (saved)",
    "heavy: energy_cost=500",
    "GPT-4, rented",
    "Rare",
    "small-medium: shock=goodput-half",
    "Llama 3.1 405B: mfu=0.35",
)
"""Titles with the changes of the scenario, as the tables name it."""


@dataclass(frozen=True)
class Comparison:
    """Draws of several scenarios with common random numbers, of those with own chips purchased, and an earlier run."""

    case: Case
    names: tuple[str, ...]
    runs: tuple[Draws, ...]
    purchased: dict[str, Draws]

    @property
    def total(self):
        return self.runs[0].total

    @cached_property
    def saved(self):
        return json.loads(Path(_SAVED).read_text(encoding="utf-8"))

    def difference(self, place):
        return less(self.runs[place + 1].total, self.total)


@lru_cache(maxsize=2)
def inputs(case):
    """Simulate all scenarios with the same seed."""
    if "--rent-or-buy" in case.arguments:
        return rent_or_buy.inputs(case)
    names, references, _ = split_names(case.references)
    named = {name: reference for name, reference in zip(names, references, strict=True) if not reference.endswith(".json")}
    opened = {name: open_variant(reference, case.overrides).allowing_unused() for name, reference in named.items()}
    runs = tuple(draws_of_scenario(case, with_times(each.scenario)[0]) for each in opened.values())
    purchased = {
        name: draws_of_scenario(case, each.with_(basis="purchased").scenario)
        for name, each in opened.items()
        if each.scenario.choices.get("basis") == "owned"
    }
    return Comparison(case, tuple(named), runs, purchased)


def _is_line(step):
    return "a line" in (step["from"], step["to"])


def _changes(comparison, figure, *, alone):
    """Return the change of the total cost of the first scenario by a step, in each draw."""
    row, step = [parent for parent in figure.parents if isinstance(parent, dict)][-2:]
    first, other = comparison.runs[0], comparison.runs[figure.keys[0] + 1]
    names = [each["name"] for each in row["steps"] if not _is_line(each)]
    if step["from"] == "no line":
        return other.values[step["name"]]
    if step["to"] == "no line":
        return -quantities(first, {name: other.values[name] for name in ([] if alone else names)})[step["name"]]
    place = names.index(step["name"])
    before, after = ([], [step["name"]]) if alone else (names[:place], names[: place + 1])
    totals = [quantities(first, {name: other.values[name] for name in each})[TOTAL] for each in (before, after)]
    return less(totals[1], totals[0])


def _lowest(comparison, figure):
    """Whether a total is the lowest in each draw."""
    lowest = np.min([run.total for run in comparison.runs], axis=0)
    return less(comparison.runs[figure.keys[0]].total, lowest) == 0


def _owner(figure):
    return next(parent for parent in figure.parents if isinstance(parent, dict) and "paid_share" in parent)


def _acquisition(comparison, figure):
    values = comparison.purchased[_owner(figure)["name"]].values
    return np.median(values["chip_purchase"] + values["server_purchase"] + values["network_purchase"])


def _paid_share(comparison, figure):
    """Hours charged over those of the life of all chips, with the inputs of the owned scenario at their medians."""
    scenario = comparison.runs[comparison.names.index(_owner(figure)["name"])].scenario
    if "useful_life" not in scenario.inputs:
        return None
    plan = build_plan(scenario.graph, scenario.inputs, ["chip_hours", "chips", "useful_life"])
    values = {name: np.float64(scenario.inputs[name].distribution.quantile(0.5)) for name in plan.inputs}
    evaluate(plan, values)
    use = scenario.inputs["fleet_use"].distribution.quantile(0.5) if "idle_cost" in scenario.lines else 1
    return values["chip_hours"] / use / (values["chips"] * values["useful_life"])


def _chips(comparison, figure):
    if _owner(figure)["paid_share"] is None:
        return None
    return np.median(comparison.purchased[_owner(figure)["name"]].values["chips"])


def _other_cheaper(comparison, figure):
    """Whether the cheapest scenario that pays otherwise costs less than the owner with all chips purchased."""
    own = _owner(figure)
    others = [comparison.runs[comparison.names.index(each["name"])].total for each in own["others"]]
    return min(others, key=np.median) < comparison.purchased[own["name"]].total


def _met(comparison, figure):
    """The share of the draws in which the scenario around a figure meets its targets of latency."""
    row = next(parent for parent in reversed(figure.parents) if isinstance(parent, dict))
    met = comparison.runs[comparison.names.index(row["name"])].values["latency_met"]
    return None if figure.value is None else np.mean(met)


def _difference(comparison, figure):
    return comparison.difference(figure.keys[0])


def _time(comparison, figure):
    """The draws of a time of a scenario."""
    row = next(parent for parent in figure.parents if isinstance(parent, dict) and "quantity" in parent)
    return _with_wait(comparison.runs[figure.keys[0]].values, row["name"], row["quantity"])


def _with_wait(values, name, quantity):
    """A release is later by the wait before the project; the length of the final run is not longer."""
    return values[quantity] + (values.get("adoption_wait", 0.0) if name == "release" else 0.0)


def _token_cost(comparison, figure):
    """The draws of the cost of a token of a scenario."""
    row = next(parent for parent in figure.parents if isinstance(parent, dict) and "unit" in parent)
    return comparison.runs[figure.keys[0]].values[row["name"]]


def _time_difference(comparison, figure):
    """The draws of a time of a scenario less that of the first; the quantity is that of the totals of the document."""
    document, place = figure.parents[0], figure.keys[0] + 1
    name = next(parent["name"] for parent in figure.parents if isinstance(parent, dict) and "first_earlier" in parent)
    draws = []
    for each in (0, place):
        quantity = next(row["quantity"] for row in document["scenarios"][each]["times"] if row["name"] == name)
        draws.append(_with_wait(comparison.runs[each].values, name, quantity))
    return less(draws[1], draws[0])


def _ratio(comparison, figure):
    return comparison.runs[figure.keys[0] + 1].total / comparison.total


def _have_means(comparison, figure):
    return comparison.runs[0].has_mean and comparison.runs[figure.keys[0] + 1].has_mean


def paired_difference(path, difference, ratio, totals, have_means):
    """Return the functions of a paired difference, its probability and its ratio, by path."""
    return {
        **summary(path, difference, have_means),
        f"{path}.first_cheaper.value": lambda *of: np.mean(difference(*of) > 0),
        f"{path}.first_cheaper.error": lambda *of: probability_error(np.mean(difference(*of) > 0), len(difference(*of))),
        f"{path}.equal": lambda *of: np.mean(difference(*of) == 0),
        **summary(f"{path}.ratio", ratio, lambda *of: has_mean(ratio(*of))),
        f"{path}.variance_ratio": lambda *of: (
            np.var(difference(*of)) / sum(map(np.var, totals(*of))) if have_means(*of) else None
        ),
    }


def _saved(key, part=None):
    def copy(comparison, figure):
        figures = comparison.saved["quantities"][TOTAL]
        return figures[key] if part is None else figures[key][figure.keys[-1] if part == "{}" else part]

    return copy


FIGURES = {
    **header(),
    **summary(
        "scenarios[]", lambda comparison, figure: comparison.runs[figure.keys[0]].total,
        lambda comparison, figure: comparison.runs[figure.keys[0]].has_mean,
    ),
    "scenarios[].cheapest.value": lambda *of: np.mean(_lowest(*of)),
    "scenarios[].cheapest.error": lambda *of: probability_error(np.mean(_lowest(*of)), len(_lowest(*of))),
    "own_chips[].chips": _chips,
    "own_chips[].paid_share": _paid_share,
    "own_chips[].acquisition": _acquisition,
    "own_chips[].purchased": lambda comparison, figure: np.median(comparison.purchased[_owner(figure)["name"]].total),
    "own_chips[].other_cheaper.value": lambda *of: np.mean(_other_cheaper(*of)),
    "own_chips[].other_cheaper.error": lambda *of: probability_error(np.mean(_other_cheaper(*of)), len(_other_cheaper(*of))),
    **dict.fromkeys(("scenarios[].latency_met", "missed_targets.met", "missed_targets.others[].met"), _met),
    **{f"saved[].{key}": _saved(key) for key in ("mean", "sd", "median", "low", "high")},
    "saved[].quantiles{}": _saved("quantiles", "{}"),
    **{f"saved[].mcse.{key}": _saved("mcse", key) for key in ("mean", "median", "low", "high")},
    **{f"saved[].{key}": lambda comparison, _, key=key: comparison.saved[key] for key in ("interval", "draws", "seed")},
    **paired_difference(
        "differences[]", _difference, _ratio,
        lambda comparison, figure: (comparison.total, comparison.runs[figure.keys[0] + 1].total), _have_means,
    ),
    **summary("scenarios[].times[]", _time, lambda *of: has_mean(_time(*of))),
    **summary("scenarios[].token_costs[]", _token_cost, lambda *of: has_mean(_token_cost(*of))),
    **summary("differences[].times[]", _time_difference, lambda *of: has_mean(_time_difference(*of))),
    "differences[].times[].first_earlier.value": lambda *of: np.mean(_time_difference(*of) > 0),
    "differences[].times[].first_earlier.error": lambda *of: probability_error(
        np.mean(_time_difference(*of) > 0), len(_time_difference(*of))
    ),
    "differences[].steps[].change": lambda *of: np.mean(_changes(*of, alone=False)),
    "differences[].steps[].mcse": lambda *of: standard_error(_changes(*of, alone=False)),
    "differences[].steps[].alone": lambda *of: np.mean(_changes(*of, alone=True)),
    "differences[].steps[].alone_mcse": lambda *of: standard_error(_changes(*of, alone=True)),
    **rent_or_buy.FIGURES,
}  # fmt: skip


def _sums_of_rows(_, document):
    """Return the sums of the changes of steps that read alike."""
    sums = defaultdict(float)
    for place, row in enumerate(document.get("differences", ())):
        for step in row["steps"]:
            if not _is_line(step):
                sums[place, step["from"], step["to"]] += step["change"]
    return sums.values()


def _adoptions(comparison, document):
    """Return what the adoption of each lever of a note takes: the total with it less that without its work and delay."""
    amounts = []
    for note in document.get("notes", ()):
        for lever in re.findall("without the adoption of ([a-z0-9-]+), which", note):
            first = open_variant(split_names(comparison.case.references)[1][0], comparison.case.overrides)
            nothing = f"adoption={{{lever}: {{effort: 0 person*month, delay: 0 month}}}}"
            with_it, free = (
                draws_of_scenario(comparison.case, each.scenario).total
                for each in (first.with_(levers=[lever]), first.with_(levers=[lever], sets=[nothing]))
            )
            amounts.append(np.median(with_it - free))
    return amounts


PRINTED = {
    "which takes {} (median)": _adoptions,
    **contract(lambda comparison: getattr(comparison, "runs", ()), "{name}: "),
    "{name} and {} more | mean change": _sums_of_rows,
    "times the cost | {}% CI: {} to {}": lambda comparison, document: [document["interval"]],
    "together": lambda comparison, document: [row["mean"] for row in document.get("differences", ()) if row["steps"]],
}
