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
from simulator.scenario import library
from simulator.scenario.assemble.calculation import Calculation
from simulator.scenario.assemble.context import Context
from simulator.scenario.assemble.following import REFERENCE
from simulator.scenario.assemble.inheritance import pairs_note, pairs_of
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
    # The goodput of another cluster keeps the stream of `goodput`, but it is not the goodput here that a pair speaks of.
    names = [name for name in calculation.plan.inputs if name not in REFERENCE.values()]
    by_stream = {calculation.inputs[name].stream: calculation.inputs[name] for name in names}
    ranks: Ranks = {}
    left_out: dict[str, list[str]] = {}
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
        reason = _reason(context, inputs, pair, invalid, posterior_names, calculation)
        if reason:
            left_out.setdefault(reason, []).append(" and ".join(pair.names))
        elif pair.layer.own:
            _report_error(context, pair.place, invalid[0], by_stream, is_posterior=bool(posterior_names))
    for replaced in context.replaced_pairs:
        used = [pair for pair in replaced.pairs if all(_is_prior(by_stream.get(name)) for name in pair)]
        context.issues.notes.append(pairs_note(replaced, used))
    for reason, pairs in left_out.items():
        text = f"{'; '.join(pairs)} are not correlated here: {reason}"
        context.issues.notes.append(Note("not-correlated", reason.partition(" ")[0], text))
    try:
        Copula(ranks)
    except ValueError as error:
        context.issues.add(context.place("dependence"), "dependence", str(error))
    return ranks


def _pairs(context: Context) -> Iterator[_Pair]:
    """Yield the pairs of all layers; report names that are paired with themselves, and pairs that occur twice in a layer."""
    for layer in context.correlated:
        pairs: set[tuple[str, str]] = set()
        for number, row in pairs_of(layer):
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


def _reason(
    context: Context,
    inputs: Inputs,
    pair: _Pair,
    invalid: list[str],
    posterior_names: list[str],
    calculation: Calculation,
) -> str:
    """Return why a pair is left out that the layer cannot know of, or an empty text: an error, or nothing to say.

    A pair of a file that the user's file extends may correlate a quantity that takes no part here, which needs no note.
    """
    if posterior_names and not pair.layer.own:
        places = [inputs.locations[name].place for name in posterior_names if name in inputs.locations]
        is_of_presets = all(place.file.startswith(library.LIBRARY_LABEL) for place in places)
        return "" if is_of_presets else f"{posterior_names[0]} comes from a posterior, whose draws are joint already"
    reasons = [_reason_of(context, inputs, pair, name, calculation) for name in invalid]
    return next(filter(None, reasons), "") if pair.layer.own or all(reasons) else ""


def _reason_of(context: Context, inputs: Inputs, pair: _Pair, name: str, calculation: Calculation) -> str:
    """Return what sets or replaces a quantity that would be a prior by the layer of a pair."""
    place = inputs.locations[name].place if name in inputs.locations else None
    if place is not None and place.file.startswith("--"):
        return f"{name} is set to a known number"
    if pair.layer.own:
        return ""
    if place is not None and not place.file.startswith(library.LIBRARY_LABEL) and name in calculation.plan.inputs:
        return f"{name} is a known number here ({place})"
    if context.is_left_out(name):
        return f"{name} is left out here"
    is_computed = name in calculation.plan.names and name not in calculation.plan.inputs
    notes = (*context.issues.notes, *context.issues.notes_of_quantities)
    if is_computed and any(note.code in ("replaced", "follows") and note.subject == name for note in notes):
        return f"{name} is computed here"
    return ""


def _report_error(context: Context, place: Place, name: str, by_stream: dict[str, Input], *, is_posterior: bool) -> None:
    """Report a quantity of a pair that cannot be correlated."""
    priors = [stream for stream, value in by_stream.items() if value.role == "prior"]
    reason = "is a known number here" if name in by_stream else "is not a prior here"
    if is_posterior:
        reason = "comes from a posterior, whose draws are joint already (give it a prior of its own to correlate it)"
    message = f"{name} {reason}, so it cannot be correlated"
    context.issues.add(place, "dependence", message, partial(similar_name_remedies, name, priors))
