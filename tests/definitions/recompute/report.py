"""Figures of the tables of `llmcost report`: those of other commands with the same scenario, draws, seed and interval."""

import math
import shlex
from dataclasses import dataclass
from functools import lru_cache

from definitions.case import Case
from definitions.figures import answer_of
from definitions.recompute.statistics import bounds

from simulator.scenario import TOTAL
from simulator.scenario.variants import open_variant

CASES = (
    "report small-medium -o report --draws 1000 --budget 3e6 --seed 2 --interval 80%",
    "report llama-3.1-405b -o report --draws 2000",
    "report gpt-4 gpt-4:basis=rented gpt-4:chips=20000 -o report --draws 1000 --budget 150e6",
    "report gpt-4 --rent-or-buy -o report --draws 1000",
    "report serve/llama-3.3-70b -o report --draws 1000",
    "report serve/llama-3.3-70b serve/llama-3.3-70b:serving=priced -o report --draws 1000",
    "report gpt-3 gpt-3:basis=rented -o report --draws 1000 --interval 90%",
)
NAMES = (
    "input",
    "description",
    "costs in",
    "specification",
    "grade",
    "date",
    "sources",
    "value",
    "shock",
    "lever",
    "priors",
    "method",
    "title",
    "scenario",
    "fingerprint",
    "together",
    "risk",
    "what happens",
    "mitigation",
)
_BASES = ("rented", "owned", "purchased")
_LABELS = ("Rented", "Owned", "Purchased")


@dataclass(frozen=True)
class Commands:
    """The documents of other commands, and the inputs of the scenarios of a report."""

    case: Case

    @property
    def names(self):
        """The scenarios as the report names them: by their titles, with what is changed in them."""
        if "--rent-or-buy" in self.case.arguments:
            return _LABELS
        pairs = [reference.partition(":") for reference in self.case.references]
        titles = [(open_variant(name).scenario.title, change) for name, _, change in pairs]
        return [
            f"{title}, {change.removeprefix('basis=')}"
            if change.startswith("basis=")
            else ": ".join(filter(None, (title, change)))
            for title, change in titles
        ]

    def options(self, place):
        """The reference of a scenario and the options that set it."""
        reference, *changes = self.case.references[place if len(self.case.references) > 1 else 0].split(":")
        options = [
            part
            for change in changes
            for part in (("--basis", change[6:]) if change.startswith("basis=") else ("--set", change))
        ]
        basis = ["--basis", _BASES[place]] if "--rent-or-buy" in self.case.arguments else []
        return [reference, *options, *basis]

    @property
    def _rest(self):
        arguments = self.case.arguments
        return [
            part
            for option in ("--draws", "--seed", "--interval", "--budget")
            for part in ((option, *self.case.values_of(option)) if option in arguments else ())
        ]

    def document(self, command, place=0):
        """The document of a command on a scenario."""
        if command == "compare":
            variants = [f"{self.case.references[0]}:basis={basis}" for basis in _BASES]
            scenarios = variants if "--rent-or-buy" in self.case.arguments else self.case.references
        elif command == "rent-or-buy":
            command, scenarios = "compare", [*self.case.references, "--rent-or-buy"]
        else:
            scenarios = self.options(place)
        return _document(shlex.join([command, *scenarios, *self._rest]))

    def distribution(self, place, name):
        """The distribution of an input."""
        (reference, *_), overrides = self.options(place), self.case.overrides
        changed = dict(zip(self.options(place)[1::2], self.options(place)[2::2], strict=True))
        opened = open_variant(reference, overrides).allowing_unused().with_(
            basis=changed.get("--basis"), sets=[changed["--set"]] if "--set" in changed else []
        )  # fmt: skip
        return opened.scenario.inputs[name].distribution


def _document(line):
    return answer_of(Case(line)).document


@lru_cache(maxsize=2)
def inputs(case):
    return Commands(case)


# --- rows -----------------------------------------------------------------------------------------------------------------


def _row(figure):
    return next(parent for parent in reversed(figure.parents) if isinstance(parent, dict))


def _name(figure):
    """The first cell of a row."""
    return next(iter(_row(figure).values()))


def _look(data, path):
    for key in path.split("."):
        data = None if data is None else data[key]
    return data


def _named(items, name):
    return next(item for item in items if item["name"] == name)


def _plan(point, level, budget):
    """Return the function of a column of the plan: of the point estimate, a level and the budget."""

    def of(commands, figure):
        document, name = commands.document("budget"), _name(figure)
        if name == "point estimate":
            return point(document)
        if name == "budget":
            return budget(document)
        return level(next(each for each in document["contingency"] if f"P{each['level']:g}" == name))

    return of


def _allocated(commands, figure, key, level):
    allocation = commands.document("budget")["allocation"]
    lines = (allocation[0] if level is None else next(each for each in allocation if each["level"] == level))["lines"]
    name = _name(figure)
    return math.fsum(line[key] for line in lines) if name == TOTAL else _named(lines, name)[key]


def _quantity(path):
    def of(commands, figure):
        quantity = commands.document("run")["quantities"][_name(figure)]
        return None if path.startswith("share") and "share" not in quantity else _look(quantity, path)

    return of


def _is_indicator(commands, figure):
    return commands.document("run")["quantities"][_name(figure)].get("is_indicator", False)


def _quantity_of_scenario(commands, figure):
    name, _, key = figure.keys[-1].removesuffix("_usd").rpartition(" ")
    quantities = commands.document("run", commands.names.index(name))["quantities"]
    line = _name(figure)
    is_line = line == TOTAL or quantities.get(line, {}).get("role") == "line"
    return quantities[line][key] if is_line else None


def _dependence(key):
    return lambda commands, figure: _named(commands.document("budget")["dependence"], _name(figure))[key]


def _risks(path):
    part = {"with the register": "with", "without it": "without"}
    return lambda commands, figure: _look(commands.document("budget")["risks"][part[_name(figure)]], path)


def _register(path):
    return lambda commands, figure: _look(_named(commands.document("risks")["risks"], _name(figure)), path)


def _time(key):
    """Return the function of a statistic of a time of a scenario."""

    def of(commands, figure):
        row = _row(figure)
        scenario = commands.document("compare")["scenarios"][commands.names.index(row["scenario"])]
        return _named(scenario["times"], row["time"])[key]

    return of


def _token_cost(key):
    """Return the function of a statistic of the cost of a token of a scenario."""

    def of(commands, figure):
        row = _row(figure)
        scenario = commands.document("compare")["scenarios"][commands.names.index(row["scenario"])]
        return _named(scenario["token_costs"], row["cost"])[key]

    return of


def _less_first(commands, figure):
    row = _row(figure)
    place = commands.names.index(row["scenario"])
    differences = commands.document("compare")["differences"]
    return None if place == 0 else _named(differences[place - 1]["times"], row["time"])["median"]


def _correlation(key):
    return lambda commands, figure: commands.document("run")["dependence"][figure.keys[0]][key]


def _driver(path):
    return lambda commands, figure: _look(_named(commands.document("sensitivity")["drivers"], _name(figure)), path)


def _shock(path):
    def of(commands, figure):
        shocks = commands.document("stress")["shocks"]
        is_base = _name(figure) == "no shock"
        if is_base and path.startswith("change"):
            return None
        return _look(shocks["base"] if is_base else _named(shocks["cases"], _name(figure)), path)

    return of


def _lever(path):
    return lambda commands, figure: _look(_named(commands.document("levers")["levers"], _name(figure)), path)


def _input(p):
    """Return the function of a quantile of a prior, of the scenario of its table."""

    def of(commands, figure):
        place = figure.keys[0] + 1 if len(figure.keys) == 2 else 0
        return commands.distribution(place, _name(figure)).quantile(p(commands.case.interval))

    return of


def _level_of(p):
    return lambda commands, figure: next(
        each["amount"] for each in commands.document("budget", figure.keys[0])["contingency"] if each["level"] == p
    )


def _total(key):
    return lambda commands, figure: commands.document("run", figure.keys[0])["quantities"][TOTAL][key]


def _difference(path):
    return lambda commands, figure: _look(commands.document("compare")["differences"][figure.keys[0]], path)


def _step(key):
    def of(commands, figure):
        difference = commands.document("compare")["differences"][figure.keys[0]]
        if _name(figure) == "together":
            return difference["mean"] if key == "change" else None
        return _named(difference["steps"], _name(figure))[key]

    return of


def _break_even(key):
    parts = ("break_even_price", "break_even_utilisation", "break_even_months")
    rows = ("rental_price", *(path for part in parts for path in (part, f"without_capital_and_resale.{part}")))
    return lambda commands, figure: _look(commands.document("rent-or-buy"), f"{rows[figure.keys[0]]}.{key}")


_LEVELS = {
    "median": lambda _: 0.5, "low": lambda interval: bounds(interval)[0], "high": lambda interval: bounds(interval)[1],
}  # fmt: skip
_STATISTICS = ("median", "low", "high")

FIGURES = {
    "plan[].amount_usd": _plan(
        lambda document: document["point_estimate"]["amount"],
        lambda row: row["amount"],
        lambda document: document["budget"]["amount"],
    ),
    "plan[].probability": _plan(
        lambda document: document["point_estimate"]["percentile"] / 100,
        lambda row: row["level"] / 100,
        lambda document: document["budget"]["probability_within"],
    ),
    "plan[].contingency_usd": _plan(
        lambda _: 0.0, lambda row: row["contingency"], lambda document: document["budget"]["over_point"]
    ),
    "plan[].share_of_point": _plan(
        lambda _: 0.0,
        lambda row: row["share_of_point"],
        lambda document: document["budget"]["over_point"] / document["point_estimate"]["amount"],
    ),
    "allocation[].point_usd": lambda *of: _allocated(*of, "point", None),
    "allocation[]{}": lambda *of: _allocated(*of, "amount", float(of[1].keys[-1].removeprefix("p").removesuffix("_usd"))),
    **{f"dependence[].{key}_usd": _dependence(key) for key in ("sd", *_STATISTICS, "p80")},
    **{f"risks[].{key}_usd": _risks(key) for key in _STATISTICS},
    "risks[].p80_usd": _risks("quantiles.80"),
    **{f"breakdown[].{key}_usd": _quantity(key) for key in (*_STATISTICS, "mean")},
    "breakdown[].share": _quantity("share.mean"),
    "breakdown[].share_low": _quantity("share.low"),
    "breakdown[].share_high": _quantity("share.high"),
    "breakdown[]{}": _quantity_of_scenario,
    **{f"outcomes[].{key}": _quantity(key) for key in _STATISTICS},
    "outcomes[].median": lambda *of: _quantity("mean" if _is_indicator(*of) else "median")(*of),
    "correlation[].rank_correlation": _correlation("rank"),
    "correlation[].achieved": _correlation("achieved"),
    "runs[].draws": lambda commands, figure: commands.document("run", figure.keys[0])["draws"],
    "runs[].seed": lambda commands, figure: commands.document("run", figure.keys[0])["seed"],
    "drivers[].share_of_variance": _driver("share_of_variance.value"),
    **{f"drivers[].total_at_{end}_usd": _driver(f"swing.median.{end}") for end in ("p10", "p90")},
    **{f"drivers[].conditional_{end}_usd": _driver(f"swing.conditional.{end}") for end in ("p10", "p90")},
    "drivers[].interval_shrinks": _driver("if_known.interval_shrinks.value"),
    "drivers[].expected_gain_usd": _driver("if_known.expected_gain.value"),
    **{f"shocks[].{key}_usd": _shock(key) for key in _STATISTICS},
    "shocks[].probability_within_budget": _shock("within_budget.value"),
    "shocks[].change_usd": _shock("change.value"),
    "shocks[].change_share": _shock("change.share"),
    **{f"levers[].net_{key}_usd": _lever(f"net.{key}") for key in _STATISTICS},
    "levers[].saving_median_usd": _lever("saving.median"),
    "levers[].adoption_usd": _lever("adoption_cost"),
    "levers[].probability_of_saving": _lever("probability_of_saving"),
    **{f"assumptions[].{key}": _input(p) for key, p in _LEVELS.items()},
    **{f"priors[][].{key}": _input(p) for key, p in _LEVELS.items()},
    "known[].value": _input(lambda _: 0.5),
    "choices[][].value": _input(lambda _: 0.5),
    "totals[].point_usd": lambda commands, figure: commands.document("budget", figure.keys[0])["point_estimate"]["amount"],
    **{f"totals[].{key}_usd": _total(key) for key in (*_STATISTICS, "mean")},
    "totals[].p80_usd": _level_of(80),
    "totals[].p90_usd": _level_of(90),
    "totals[].probability_within_budget": lambda commands, figure: commands.document("budget", figure.keys[0])["budget"][
        "probability_within"
    ],
    **{f"differences[].{key}_usd": _difference(key) for key in ("mean", *_STATISTICS)},
    "differences[].first_cheaper_probability": _difference("first_cheaper.value"),
    "differences[].ratio": _difference("ratio.median"),
    "register[].probability": _register("probability.value"),
    **{f"register[].impact_{key}_usd": _register(f"impact.{key}") for key in _STATISTICS},
    "register[].expected_loss_usd": _register("expected_loss.value"),
    "register[].expected_loss_error_usd": _register("expected_loss.error"),
    "register[].contribution_p80_usd": _register("contribution.value"),
    "register[].contribution_error_usd": _register("contribution.error"),
    "totals[].latency_met": lambda commands, figure: commands.document("compare")["scenarios"][figure.keys[0]].get(
        "latency_met"
    ),
    **{f"token-costs[].{key}": _token_cost(key) for key in _STATISTICS},
    **{f"times[].{key}": _time(key) for key in _STATISTICS},
    "times[].less_first": _less_first,
    "explained[][].change_usd": _step("change"),
    "explained[][].alone_usd": _step("alone"),
    **{f"break-even[].{key}": _break_even(key) for key in _STATISTICS},
}


def _of_one(figures):
    """Return the function of key figures of one scenario; a comparison has none of them."""
    return lambda commands, document: [] if "totals" in document else figures(commands)


def _of_comparison(figures):
    """Return the function of key figures of a comparison; one scenario has none of them."""
    return lambda commands, document: list(figures(commands)) if "totals" in document else []


def _budget(commands):
    return commands.document("budget")["budget"]


def _p80(commands, place=0):
    return next(row for row in commands.document("budget", place)["contingency"] if row["level"] == 80)


def _interval(commands):
    total = commands.document("run")["quantities"][TOTAL]
    return [commands.case.interval, total["low"], total["high"]]


def _differences(commands):
    return commands.document("compare")["differences"]


def _point(commands):
    return commands.document("budget")["point_estimate"]


def _tokens(commands, *keys):
    cost = commands.document("run")["quantities"].get("mean_token_cost")
    return [] if cost is None else [1e6 * cost[key] for key in keys]


def _service(commands):
    quantities = commands.document("run")["quantities"]
    if "mean_token_cost" not in quantities:
        return []
    demand, life = (quantities[name]["median"] for name in ("token_demand", "service_life"))
    return [24 * demand, life / 24, *(quantities["serving_chips"][key] for key in ("median", "low", "high"))]


PRINTED = {
    "median (P50)": _of_one(lambda commands: [commands.document("run")["quantities"][TOTAL]["median"]]),
    "{}% cost {} to {}": _of_one(_interval),
    "80% stay within (P80)": _of_one(lambda commands: [_p80(commands)["amount"]]),
    "{} {name} the point estimate of {}": _of_one(
        lambda commands: [abs(_p80(commands)["contingency"]), _point(commands)["amount"]]
    ),
    "within which {}% of the outcomes stay": _of_one(lambda commands: [_point(commands)["percentile"] / 100]),
    "{}% of the outcomes": _of_one(_interval),
    "{}% cost less and {}% cost more": _of_one(lambda commands: [100 * bounds(commands.case.interval)[0]] * 2),
    "a million tokens, median": _of_one(lambda commands: _tokens(commands, "median")),
    "{}% of the outcomes are {} to {}": _of_one(
        lambda commands: [commands.case.interval, *_tokens(commands, "low", "high")] if _tokens(commands, "low") else []
    ),
    "{} tokens a day for {} days on {} ({} to {}) chips": _of_one(lambda commands: _service(commands)),
    "stay within the budget of {}": _of_one(
        lambda commands: [_budget(commands)["probability_within"]] if _budget(commands) else []
    ),
    "the others exceed it by {} on average": _of_one(
        lambda commands: [_budget(commands)["expected_overrun_given_overrun"]] if _budget(commands) else []
    ),
    "{name}, median": _of_comparison(
        lambda commands: [
            commands.document("run", place)["quantities"][TOTAL]["median"] for place in range(len(commands.names))
        ]
    ),
    "{}% of the outcomes stay within {}": _of_comparison(
        lambda commands: [0.8, *(_p80(commands, place)["amount"] for place in range(len(commands.names)))]
    ),
    "{name} is cheaper in {}% of them": _of_comparison(
        lambda commands: [row["first_cheaper"]["value"] for row in _differences(commands)]
    ),
    "{name} cheaper than {name}": _of_comparison(
        lambda commands: [row["first_cheaper"]["value"] for row in _differences(commands)]
    ),
    "the difference is {} to {} in {}% of all outcomes": _of_comparison(
        lambda commands: [_differences(commands)[0]["low"], _differences(commands)[0]["high"], commands.case.interval]
    ),
}
