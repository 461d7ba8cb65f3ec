"""Check of rank correlations between priors: each pair occurs once, and together they are consistent."""

from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

from simulator.core.errors import Place
from simulator.core.results import Note
from simulator.core.suggestions import similar_name_remedies
from simulator.distributions import Posterior
from simulator.engine.inputs import Input
from simulator.engine.sampling.copula import Copula
from simulator.scenario.assemble.calculation import Calculation
from simulator.scenario.assemble.context import Context
from simulator.scenario.assemble.inputs import Inputs
from simulator.scenario.layers import Layer

Ranks = dict[tuple[str, str], float]


class _Pair(NamedTuple):
    """Two quantities, in alphabetical order, that a layer correlates."""

    layer: Layer
    place: Place
    names: tuple[str, str]
    rank: float


def read_correlations(context: Context, inputs: Inputs, calculation: Calculation) -> Ranks:
    """Return the rank correlation of each pair; later layers take precedence."""
    by_stream = {calculation.inputs[name].stream: calculation.inputs[name] for name in calculation.plan.inputs}
    ranks: Ranks = {}
    for pair in _pairs(context):
        invalid = [name for name in pair.names if not _is_prior(by_stream.get(name))]
        first = pair.names[0]
        if first in by_stream and _is_posterior(by_stream[first]):
            invalid.append(first)
        if not invalid:
            ranks[pair.names] = pair.rank
            continue
        posterior_names = [
            name for name in pair.names if name in calculation.inputs and _is_posterior(calculation.inputs[name])
        ]
        is_option = any(name in inputs.locations and inputs.locations[name].place.file.startswith("--") for name in invalid)
        _report_invalid_pair(context, pair, invalid[0], posterior_names, by_stream, is_option=is_option)
    try:
        Copula(ranks)
    except ValueError as error:
        context.issues.add(context.place("dependence"), "dependence", str(error))
    return ranks


def _pairs(context: Context) -> Iterator[_Pair]:
    """Yield the pairs of all layers; report names that are paired with themselves, and pairs that occur twice in a layer."""
    for layer in context.layers:
        pairs: set[tuple[str, str]] = set()
        for number, row in enumerate(layer.settings.dependence):
            place = layer.node.at(("dependence", number))
            a, b = sorted(row.between)
            if a == b or (a, b) in pairs:
                reason = "is correlated with itself" if a == b else f"and {b} are correlated twice; keep one"
                context.issues.add(place, "dependence", f"{a} {reason}")
                continue
            pairs.add((a, b))
            yield _Pair(layer, place, (a, b), row.rank)


def _is_prior(value: Input | None) -> bool:
    return value is not None and value.role != "choice"


def _is_posterior(value: Input) -> bool:
    return isinstance(value.distribution, Posterior)


def _report_invalid_pair(
    context: Context, pair: _Pair, name: str, posterior_names: list[str], by_stream: dict[str, Input], *, is_option: bool
) -> None:
    """Report a pair of which `name` cannot be correlated: an error of the user's own file, or else a note.

    Nothing is reported if a file that the user's file extends correlates a quantity that is not used here.
    """
    reason = ""
    if posterior_names and not pair.layer.own:
        reason = f"{posterior_names[0]} comes from a posterior, whose draws are joint already"
    elif is_option:  # a quantity that an option sets to a number is not an error of the file
        reason = f"{name} is set to a known number"
    if reason:
        a, b = pair.names
        context.issues.notes.append(Note("not-correlated", name, f"{a} and {b} are not correlated here: {reason}"))
    elif pair.layer.own:
        _report_error(context, pair.place, name, by_stream, is_posterior=bool(posterior_names))


def _report_error(context: Context, place: Place, name: str, by_stream: dict[str, Input], *, is_posterior: bool) -> None:
    """Report a quantity of a pair that cannot be correlated."""
    priors = [stream for stream, value in by_stream.items() if value.role == "prior"]
    reason = "is a known number here" if name in by_stream else "is not a prior here"
    if is_posterior:
        reason = "comes from a posterior, whose draws are joint already (give it a prior of its own to correlate it)"
    message = f"{name} {reason}, so it cannot be correlated"
    context.issues.add(place, "dependence", message, partial(similar_name_remedies, name, priors))
