"""Definitions of the figures of `llmcost compare`, except those of `--rent-or-buy`."""

from collections.abc import Mapping

from simulator.definitions.definition import Definition
from simulator.definitions.groups import contract, estimate, header, summary

_OUTPUT = "compare"
_TOTAL = "total cost of the scenario"
_DIFFERENCE = (
    "total cost of the scenario less that of the first one in the same draw, in which a prior of the same name has the same "
    "random numbers; 0 where they differ by at most 1e-9 of the larger one"
)
_RATIO = "total cost of the scenario over that of the first one in the same draw; null where the first may cost nothing"
_STEPS = (
    "steps are the quantities whose distribution, formula or correlations differ and which the total cost of the other "
    "scenario depends on, in the order of the calculation and inputs first, then the lines of the first scenario alone, then "
    "those of the other alone"
)

_TOTAL_LABELS = {"median": "median", "low": "{}% CI", "high": "{}% CI", "mean": "mean", "quantiles{}": "P{}"}
_DIFFERENCE_LABELS = {
    "mean": "mean", "median": "median", "low": "{}% CI", "high": "{}% CI", "first_cheaper": "{name} is cheaper",
    "equal": "both cost the same", "ratio": "times the cost", "mcse.mean": "mean | Monte Carlo error {}",
}  # fmt: skip


def _saved_total(path: str) -> tuple[Definition, ...]:
    """Return the definitions of the figures of an earlier run, which are copied from its JSON."""
    text = "figure of that name of the total cost in the JSON of the earlier run: `quantities.total_cost` of `run`"
    copied = (
        Definition(_OUTPUT, each.path, each.label, text, "USD") for each in summary(_OUTPUT, path, "", "USD", _TOTAL_LABELS)
    )
    return (
        *copied,
        Definition(_OUTPUT, f"{path}.interval", "", "level of the central intervals of the earlier run", "percent"),
        Definition(_OUTPUT, f"{path}.draws", "", "number of draws of the earlier run", "1"),
        Definition(_OUTPUT, f"{path}.seed", "", "seed of the earlier run", "1"),
    )


def paired_difference(path: str, of: str, ratio: str, labels: Mapping[str, str]) -> tuple[Definition, ...]:
    """Return the definitions of the statistics of a paired difference `of` and of a `ratio`, with the labels of tables."""
    ratio_labels = dict.fromkeys(("median", "low", "high"), labels.get("ratio", ""))
    return (
        *summary(_OUTPUT, path, of, "USD", labels),
        *estimate(_OUTPUT, f"{path}.first_cheaper", f"x > 0; x: {of}", labels.get("first_cheaper", "")),
        Definition(_OUTPUT, f"{path}.equal", labels.get("equal", ""), f"share of the draws with x = 0; x: {of}", "1"),
        *summary(_OUTPUT, f"{path}.ratio", ratio, "1", ratio_labels),
        Definition(
            _OUTPUT, f"{path}.variance_ratio", "",
            "variance of the difference over the sum of the variances of the two total costs, each with divisor N: the "
            "variance with common random numbers over that of separate runs; null where `mean` is", "1",
        ),
    )  # fmt: skip


_PURCHASE = "`chip_purchase` + `server_purchase` + `network_purchase` of the scenario with `basis: purchased`"
_OWN_CHIPS = (
    Definition(
        _OUTPUT, "own_chips[].chips", "",
        "median of `chips` of the scenario with `basis: purchased`; without such a scenario, `chips` with every input at its "
        "median; null where chips or their useful life are not known", "chip",
    ),
    Definition(
        _OUTPUT, "own_chips[].paid_share", "",
        "`chip_hours` / `fleet_use` / (`chips` times `useful_life`) of the owned scenario, with every input at its median; "
        "without the division by `fleet_use` where idle hours are no cost of their own; null where chips or life are not "
        "known", "1",
    ),
    Definition(_OUTPUT, "own_chips[].acquisition", "", f"median of {_PURCHASE}", "USD"),
    Definition(
        _OUTPUT, "own_chips[].purchased", "",
        "median of the total cost of the scenario with `basis: purchased`; left out where the comparison has that scenario",
        "USD",
    ),
    *estimate(
        _OUTPUT, "own_chips[].other_cheaper", "the total cost of the scenario that is `cheapest_other`, that with the lowest "
        "median among `others`, is less than that of the scenario with `basis: purchased` in the same draw",
    ),
)  # fmt: skip

_MET = "mean of `latency_met` of the scenario over the draws"
_LATENCY = (
    Definition(
        _OUTPUT, "scenarios[].latency_met", "latency met",
        f"{_MET}; left out where its total cost depends on no fleet with a target of latency", "1",
    ),
    Definition(
        _OUTPUT, "missed_targets.met", "",
        f"{_MET}; left out unless the scenario with the lowest median has less than 0.5, or at least 0.1 less than another",
        "1",
    ),
    Definition(
        _OUTPUT, "missed_targets.others[].met", "",
        f"{_MET}; null where its total cost depends on no fleet with a target of latency", "1",
    ),
)  # fmt: skip

DEFINITIONS: tuple[Definition, ...] = (
    *header(_OUTPUT),
    *contract(_OUTPUT, "{name}: "),
    *summary(_OUTPUT, "scenarios[]", _TOTAL, "USD", _TOTAL_LABELS),
    *estimate(
        _OUTPUT, "scenarios[].cheapest", "the total cost is the lowest of those of all scenarios in the draw, or differs from "
        "it by at most 1e-9 of the larger one",
    ),
    *_saved_total("saved[]"),
    *_OWN_CHIPS,
    *_LATENCY,
    *paired_difference("differences[]", _DIFFERENCE, _RATIO, _DIFFERENCE_LABELS),
    *summary(
        _OUTPUT, "scenarios[].times[]",
        "draws of the quantity that is `quantity`; of a release plus adoption_wait, the time until the project begins, where a "
        "lever has one", "hour",
        {"median": "Time in days | median", "low": "Time in days | {}% CI", "high": "Time in days | {}% CI"},
    ),
    *summary(
        _OUTPUT, "scenarios[].token_costs[]", "draws of the quantity that is `name`", "USD/token",
        {
            "median": "Cost of tokens in USD/Mtoken | median", "low": "Cost of tokens in USD/Mtoken | {}% CI",
            "high": "Cost of tokens in USD/Mtoken | {}% CI",
        },
    ),
    *summary(
        _OUTPUT, "differences[].times[]", "this time of the scenario less that of the first one in the same draw", "hour",
        {"median": "less the first"},
    ),
    *estimate(
        _OUTPUT, "differences[].times[].first_earlier", "x > 0; x: this time of the scenario less that of the first one in the "
            "same draw"
    ),
    Definition(
        _OUTPUT, "differences[].steps[].change", "mean change",
        "mean of T_k - T_(k-1) over the draws; T_0: total cost of the first scenario; T_k: its total cost where the quantities "
        "of steps 1 to k have the draws of the other scenario and what follows from them is computed again; a line of the "
        "first scenario alone is subtracted with its value after all quantities have changed, one of the other alone is added; "
        f"{_STEPS}",
        "USD",
    ),
    Definition(
        _OUTPUT, "differences[].steps[].mcse", "",
        "standard error of `change`: sqrt(sum of (d - mean of d)^2 / (N - 1) / N), with d = T_k - T_(k-1)", "USD",
    ),
    Definition(
        _OUTPUT, "differences[].steps[].alone", "alone",
        "mean of T' - T_0 over the draws; T': total cost of the first scenario where this quantity alone has the draws of the "
        "other scenario; for a line of the first scenario alone, less its mean there; for one of the other alone, its "
        "mean", "USD",
    ),
    Definition(
        _OUTPUT, "differences[].steps[].alone_mcse", "",
        "standard error of `alone`: sqrt(sum of (d - mean of d)^2 / (N - 1) / N), with d = T' - T_0", "USD",
    ),
    Definition(
        _OUTPUT, "", "times the cost | {}% CI: {} to {}", "level of the central interval of the ratio: `interval`", "percent"
    ),
    Definition(
        _OUTPUT, "", "which takes {} (median)",
        "median of the total cost of the first scenario with the lever less that with the lever and an adoption without effort "
        "and delay, in the same draw; of at most 20,000 draws", "USD",
    ),
    Definition(
        _OUTPUT, "", "{name} and {} more | mean change",
        "sum of `differences[].steps[].change` of the steps whose `from` and `to` read alike, lines excepted", "USD",
    ),
    Definition(_OUTPUT, "", "together", "mean of the difference, which is the sum of the changes of all steps", "USD"),
)  # fmt: skip
