"""Check of correlations: rank correlations between priors, each stated once, which can hold together."""

from functools import partial

from simulator.core.errors import Place
from simulator.core.suggestions import similar
from simulator.distributions import Posterior
from simulator.engine.inputs import Input
from simulator.engine.sampling.copula import Copula
from simulator.scenario.assemble.calculation import Calculation
from simulator.scenario.assemble.context import Context
from simulator.scenario.assemble.inputs import Inputs

Ranks = dict[tuple[str, str], float]


def read_correlations(context: Context, inputs: Inputs, calculation: Calculation) -> Ranks:
    """Return the rank correlation of each pair; a later layer wins."""
    by_stream = {calculation.inputs[name].stream: calculation.inputs[name] for name in calculation.plan.inputs}
    ranks: Ranks = {}
    for layer in context.layers:
        pairs: set[tuple[str, str]] = set()
        for number, row in enumerate(layer.settings.dependence):
            place = layer.node.at(("dependence", number))
            a, b = sorted(row.between)
            if a == b or (a, b) in pairs:
                what = "is correlated with itself" if a == b else f"and {b} are correlated twice; keep one"
                context.issues.add(place, "dependence", f"{a} {what}")
                continue
            pairs.add((a, b))
            wrong = [name for name in (a, b) if name not in by_stream or by_stream[name].role == "choice"]
            if isinstance(by_stream.get(a) and by_stream[a].distribution, Posterior):
                wrong.append(a)
            if not wrong:
                ranks[a, b] = row.rank
                continue
            learned = [name for name in (a, b) if name in calculation.inputs and _is_posterior(calculation.inputs[name])]
            if learned and not layer.own:
                note = (
                    f"{a} and {b} are not correlated here: {learned[0]} comes from a posterior, whose draws are joint already"
                )
                context.issues.notes.append(note)
            elif any(name in inputs.locations and inputs.locations[name].place.file.startswith("--") for name in wrong):
                # What an option sets to a number is no mistake of the file's.
                context.issues.notes.append(f"{a} and {b} are not correlated here: {wrong[0]} is set to a known number")
            elif layer.own:
                _report(context, place, wrong[0], by_stream, is_learned=bool(learned))
    try:
        Copula(ranks)
    except ValueError as error:
        context.issues.add(context.place("dependence"), "dependence", str(error))
    return ranks


def _is_posterior(value: Input) -> bool:
    return isinstance(value.distribution, Posterior)


def _report(context: Context, place: Place, name: str, by_stream: dict[str, Input], *, is_learned: bool) -> None:
    """Report that one of a pair has no draws that can be correlated."""
    known = [stream for stream, value in by_stream.items() if value.role == "prior"]
    why = "is a known number here" if name in by_stream else "is no prior here"
    if is_learned:
        why = "comes from a posterior, whose draws are joint already (give it a prior of its own to tie it)"
    message = f"{name} {why}, so there is nothing to tie"
    context.issues.add(place, "dependence", message, partial(similar, name, known))
