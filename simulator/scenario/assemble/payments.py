"""Terms of payment of each line: those of its formula and the library, as the scenario changes them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache, partial
from typing import Any

from simulator.core.results import Note
from simulator.core.suggestions import similar_name_remedies
from simulator.core.units import Unit
from simulator.engine.payments import PaymentTerms
from simulator.model import CHOICES
from simulator.model.lines import ARREARS
from simulator.scenario import library
from simulator.scenario.assemble.context import Context
from simulator.scenario.entries import sources_of
from simulator.scenario.layers import Layer
from simulator.scenario.schema import PaymentChange, PaymentRow
from simulator.scenario.values import distribution_of

HARDWARE = "hardware"
"""Key of the purchase of hardware that a line charges for its hours: a scenario without it uses hardware that is there."""
ACCRUAL_ONLY = "accrual-only"
WITHOUT_COST = "payment-without-cost"
"""Code of the note on terms of payment of a cost that options on top of the files take out."""
_OF_LINES = (*CHOICES, "lines", "without", "levers")
"""Settings on which it depends which costs there are."""
_HOUR = Unit("hour")
_TIMES = ("lag", "lead", "recovery")


@cache
def terms_of_library() -> Mapping[str, PaymentTerms]:
    """Return the terms of the library by name."""
    return {name: _of_row(name, PaymentRow.model_validate(node.plain())) for name, node in library.payments().items()}


def _of_row(name: str, row: PaymentRow) -> PaymentTerms:
    return PaymentTerms(
        name=name,
        due=row.due,
        lag=_hours(row.lag),
        deposit=row.deposit,
        lead=_hours(row.lead),
        about=row.about,
        grade=row.grade,
        date=row.date,
        sources=sources_of(row.sources),
    )


def terms_of_lines(context: Context, choices: Mapping[str, str], lines: Iterable[str]) -> dict[str, PaymentTerms]:
    """Return the terms of lines, and of the purchase of hardware; what is invalid is left as it was (`check_payments`)."""
    known = context.known_lines
    declared = {line: known[line].terms(choices) if line in known else ARREARS for line in lines}
    if choices.get("basis") == "owned":
        declared[HARDWARE] = ACCRUAL_ONLY
    return {line: _terms(context, line, name) for line, name in declared.items()}


def payment_targets(context: Context) -> tuple[str, ...]:
    """Return the quantities that only payments need: those of a purchase of hardware that is charged by the hour."""
    terms = terms_of_lines(context, {"basis": context.last("basis") or ""}, ()).get(HARDWARE)
    return ("fleet_payments",) if terms is not None and terms.is_cash else ()


def _terms(context: Context, line: str, name: str) -> PaymentTerms:
    """Return the terms of a line, from its declared terms and the changes of all layers."""
    named = terms_of_library()
    of_line = [layer.settings.payments[line] for layer in context.layers if line in layer.settings.payments]
    names = [change.terms for change in of_line if change.terms is not None and change.terms in named]
    name = names[-1] if names else name
    terms = named.get(name, named[ARREARS])
    for layer in context.layers:
        if name in layer.settings.payments and name in named:
            terms = _change(terms, layer.settings.payments[name])
    for change in of_line[max((place for place, change in enumerate(of_line) if change.terms), default=0) :]:
        terms = _change(terms, change)
    return terms


def _change(terms: PaymentTerms, change: PaymentChange) -> PaymentTerms:
    values: dict[str, Any] = {key: getattr(change, key) for key in change.model_fields_set if key != "terms"}
    try:
        values |= {key: _hours(values[key]) for key in _TIMES if key in values}
    except ValueError:
        return terms  # reported by `check_payments`
    return replace(terms, **values, has_changes=True) if values else terms


def _hours(text: str) -> float:
    """Return a single time, in hours; raise ValueError if it is none."""
    distribution = distribution_of(text, _HOUR, 0.95)
    if not distribution.is_constant or not distribution.quantile(0.5) >= 0:
        raise ValueError(f"{text!r} must be a single time, such as 30 day")
    return float(distribution.quantile(0.5))


def check_payments(context: Context, terms: Mapping[str, PaymentTerms]) -> None:
    """Report terms that there are not, times that are none, and keys that are no line here.

    Terms of a cost that an option or a variant takes out, such as those of hardware under `basis=rented`, are noted.
    """
    for layer in context.layers:
        for key, change in layer.settings.payments.items():
            _check(context, layer, key, change, terms)


def _check(context: Context, layer: Layer, key: str, change: PaymentChange, terms: Mapping[str, PaymentTerms]) -> None:
    named, place, path = terms_of_library(), layer.node.at(("payments", key)), f"payments.{key}"
    changes = list(_changes_of_lines(context)) if key == HARDWARE or key in context.known_lines else []
    if key not in terms and key not in named and layer.own and changes:
        under = ", ".join(changes)
        text = f"terms of payment of {key} ({place}) have no effect: there is no cost of that name with {under}"
        context.issues.notes.append(Note(WITHOUT_COST, key, text))
    elif key not in terms and key not in named and layer.own:
        remedies = partial(similar_name_remedies, key, [*terms, *named])
        context.issues.add(place, path, f"{key!r} is neither a line here nor the name of terms of payment", remedies)
    if change.terms is not None and change.terms not in named:
        remedies = partial(similar_name_remedies, change.terms, named)
        message = f"there are no terms of payment {change.terms!r}; there are {', '.join(named)}"
        context.issues.add(place, path, message, remedies)
    for name in _TIMES:
        try:
            _hours(getattr(change, name) or "0 day")
        except ValueError as error:
            context.issues.add_error(place, f"{path}.{name}", error)
    known = terms.get(key)
    if known is not None and key == HARDWARE and known.is_cash and known.due != "start":
        context.issues.add(place, path, "hardware is paid when it is delivered; write `purchase`, or terms with `due: start`")


def _changes_of_lines(context: Context) -> Iterator[str]:
    """Yield what options and variants set on top of the files of that on which it depends which costs there are."""
    for key in _OF_LINES:
        place = context.place(key)
        if place.file.startswith("--") and context.last(key) != _value_of_files(context, key):
            is_single = isinstance(context.last(key), str)
            yield f"{key}={context.last(key)}" if is_single else f"`{place.file}`"


def _value_of_files(context: Context, key: str) -> Any:
    """Return a setting from the last file that has it."""
    files = (layer for layer in reversed(context.layers) if not layer.node.place.file.startswith("--"))
    return next((getattr(layer.settings, key) for layer in files if layer.has(key)), None)
