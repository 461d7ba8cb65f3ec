"""Check of rank correlations between priors: each pair occurs once, and together they are consistent."""

from functools import partial

from simulator.core.errors import Place
from simulator.core.suggestions import similar_name_remedies
from simulator.distributions import Posterior
from simulator.engine.inputs import Input
from simulator.engine.sampling.copula import Copula
from simulator.scenario.assemble.calculation import Calculation
from simulator.scenario.assemble.context import Context
from simulator.scenario.assemble.inputs import Inputs

Ranks = dict[tuple[str, str], float]


def read_correlations(context: Context, inputs: Inputs, calculation: Calculation) -> Ranks:
    """Return the rank correlation of each pair; later layers take precedence."""
    by_stream = {calculation.inputs[name].stream: calculation.inputs[name] for name in calculation.plan.inputs}
    ranks: Ranks = {}
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
            invalid = [name for name in (a, b) if name not in by_stream or by_stream[name].role == "choice"]
            if isinstance(by_stream.get(a) and by_stream[a].distribution, Posterior):
                invalid.append(a)
            if not invalid:
                ranks[a, b] = row.rank
                continue
            posterior_names = [
                name for name in (a, b) if name in calculation.inputs and _is_posterior(calculation.inputs[name])
            ]
            if posterior_names and not layer.own:
                reason = f"{posterior_names[0]} comes from a posterior, whose draws are joint already"
                context.issues.notes.append(f"{a} and {b} are not correlated here: {reason}")
            elif any(name in inputs.locations and inputs.locations[name].place.file.startswith("--") for name in invalid):
                # A quantity that an option sets to a number is not an error of the file.
                context.issues.notes.append(f"{a} and {b} are not correlated here: {invalid[0]} is set to a known number")
            elif layer.own:
                _report(context, place, invalid[0], by_stream, is_posterior=bool(posterior_names))
    try:
        Copula(ranks)
    except ValueError as error:
        context.issues.add(context.place("dependence"), "dependence", str(error))
    return ranks


def _is_posterior(value: Input) -> bool:
    return isinstance(value.distribution, Posterior)


def _report(context: Context, place: Place, name: str, by_stream: dict[str, Input], *, is_posterior: bool) -> None:
    """Report a quantity of a pair that cannot be correlated."""
    priors = [stream for stream, value in by_stream.items() if value.role == "prior"]
    reason = "is a known number here" if name in by_stream else "is not a prior here"
    if is_posterior:
        reason = "comes from a posterior, whose draws are joint already (give it a prior of its own to correlate it)"
    message = f"{name} {reason}, so it cannot be correlated"
    context.issues.add(place, "dependence", message, partial(similar_name_remedies, name, priors))
