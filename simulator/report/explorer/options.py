"""What can be changed in a scenario: choices, shocks and levers, each found by assembling the scenario with it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product

import numpy as np
from numpy.typing import NDArray

from simulator import model
from simulator.analysis.levers import no_adoption
from simulator.core.errors import Issue
from simulator.core.formatting import to_words
from simulator.engine.adjustments import Adjustment
from simulator.engine.blocks import BlockSimulator
from simulator.engine.scenario import TOTAL, Scenario
from simulator.report.explorer.kept import Kept, find_kept
from simulator.scenario import OpenScenario, library

AXES = ("basis", "commitment", "chip", "precision")
MOST_CHIPS = 4
MOST_TOGGLES = 7
_BASES = ("owned", "purchased", "rented")
_DRAWS = 512
_CHANGED = 1e-6
"""Relative change of a quantile of the total from which an option has an effect."""

_ONLY_ADOPTION = "no cost of this scenario changes but that of adoption"
"""Reason why a lever that changes outcomes alone is not on a page."""

Choices = tuple[tuple[str, str], ...]
"""Choices by axis that differ from those of the scenario, in the order of `AXES`."""


@dataclass(frozen=True)
class Axis:
    """A choice and its options; the first is that of the scenario."""

    key: str
    options: tuple[str, ...]

    @property
    def own(self) -> str:
        """The option of the scenario."""
        return self.options[0]


@dataclass(frozen=True)
class Toggle:
    """A shock or a lever that the page can switch on.

    Attributes
    ----------
    adjustment : Adjustment
    change : float
        Relative change of the median total.
    selects : dict of str to str
        The options that a lever selects; the page offers it as this choice with the cost of its adoption.
    refusals : dict of (str, str) to str
        Options of an axis under which it does not apply, with the reason.

    """

    adjustment: Adjustment
    change: float
    selects: Mapping[str, str] = field(default_factory=dict)
    refusals: Mapping[tuple[str, str], str] = field(default_factory=dict)

    @property
    def is_assumption(self) -> bool:
        """Whether its size has no evidence."""
        return self.adjustment.grade in ("", "D")


@dataclass(frozen=True)
class Omission:
    """Shocks, levers or chips that apply and are not on the page.

    Attributes
    ----------
    kind : str
        `shock`, `lever` or `chip`.
    names : tuple of str
    reason : str
    is_for_size : bool
        Whether the page has no room for them.

    """

    kind: str
    names: tuple[str, ...]
    reason: str
    is_for_size: bool = False

    @property
    def text(self) -> str:
        """A sentence."""
        plural = "s" if len(self.names) > 1 else ""
        return f"{self.kind}{plural} {', '.join(map(to_words, self.names))}: {self.reason}"


@dataclass(frozen=True)
class Options:
    """Everything that a page can change in a scenario besides its inputs.

    Attributes
    ----------
    axes : tuple of Axis
    toggles : tuple of Toggle
    variants : dict of Choices to Scenario
        The scenario for every combination of choices that is valid.
    refusals : dict of Choices to str
        The reason why a combination is not valid.
    omissions : tuple of Omission
        What applies but is not on the page.
    kept : Kept
        What the page cannot compute.

    """

    axes: tuple[Axis, ...]
    toggles: tuple[Toggle, ...]
    variants: Mapping[Choices, Scenario]
    refusals: Mapping[Choices, str]
    omissions: tuple[Omission, ...]
    kept: Kept

    def absence(self, kind: str) -> str:
        """Return why the page has no shock or no lever, or an empty text."""
        if any(toggle.adjustment.kind == kind for toggle in self.toggles):
            return ""
        omitted = [each for each in self.omissions if each.kind == kind and each.reason != _ONLY_ADOPTION]
        if not omitted:
            return f"No {kind} of the library changes this scenario."
        if any(each.is_for_size for each in omitted):
            return f"{kind.capitalize()}s apply to this scenario, but are left out to keep the page small: see its end."
        return f"The {kind}s that apply to this scenario cannot be switched on a page: see its end."


def with_choices(opened: OpenScenario, choices: Choices) -> OpenScenario:
    """Return a scenario with other choices."""
    if not choices:
        return opened
    named = dict(choices)
    basis = named.pop("basis", None)
    return opened.allowing_unused().with_(basis=basis, sets=[f"{key}={value}" for key, value in named.items()])


def find_options(opened: OpenScenario) -> Options:
    """Return the choices, shocks and levers that a scenario can have."""
    base = opened.scenario
    draws = _total(base)
    axes = tuple(_axes(opened, base, draws))
    variants, refusals = _variants(opened, axes)
    kept = find_kept(variants.values())
    found, omissions = _toggles(opened, base, axes, draws, kept)
    return Options(axes, _with_refusals(opened, axes, found), variants, refusals, tuple(omissions), kept)


def _total(scenario: Scenario) -> NDArray[np.float64]:
    values = BlockSimulator(scenario, _DRAWS, 0, "sobol", (), None, ()).simulate_block(0)
    return np.broadcast_to(np.asarray(values[TOTAL]), _DRAWS)


def _change(before: NDArray[np.float64], after: NDArray[np.float64]) -> float:
    """Return the relative change of the median of the total, or where it has none the larger one of its P10 and P90."""
    low, middle, high = (np.quantile(after, (0.1, 0.5, 0.9)) / np.quantile(before, (0.1, 0.5, 0.9)) - 1).tolist()
    return float(middle if abs(middle) > _CHANGED else max(low, high, key=abs))


# --- choices --------------------------------------------------------------------------------------------------------------


def _axes(opened: OpenScenario, base: Scenario, draws: NDArray[np.float64]) -> Iterator[Axis]:
    for key in AXES:
        own = base.choices.get(key)
        if own is None:
            continue
        candidates = _BASES if key == "basis" else _chips(own) if key == "chip" else tuple(model.CHOICES[key])
        start: Choices = (("basis", "rented"),) if key == "commitment" and base.choices["basis"] != "rented" else ()
        reference = draws
        if start:
            rented = with_choices(opened, start).try_scenario()
            if isinstance(rented, Issue):
                continue
            reference = _total(rented)
        valid = [own]
        for option in candidates:
            if option == own or (key == "chip" and len(valid) == MOST_CHIPS):
                continue
            variant = with_choices(opened, (*start, (key, option))).try_scenario()
            if not isinstance(variant, Issue) and abs(_change(reference, _total(variant))) > _CHANGED:
                valid.append(option)
        if len(valid) > 1:
            yield Axis(key, tuple(valid))


def _chips(own: str) -> tuple[str, ...]:
    """Return the chips of the library, in the order in which they may replace a chip.

    Those of the same vendor that are newer come first, the next one before later ones, then all others, the newest first.
    """
    released = {name: str(node.plain().get("released", "")) for name, node in library.chips().items()}
    vendor = own.partition("-")[0]
    next_chips = [name for name in released if name.startswith(f"{vendor}-") and released[name] > released.get(own, "")]
    next_chips.sort(key=lambda name: (released[name], name))
    others = sorted(released.keys() - {own, *next_chips}, key=lambda name: (released[name], name), reverse=True)
    return (*next_chips, *others)


def combinations(axes: tuple[Axis, ...]) -> Iterator[Choices]:
    """Yield the combinations of choices; a commitment is one of rented chips alone."""
    bases = next((axis.options for axis in axes if axis.key == "basis"), ())
    for options in product(*(axis.options for axis in axes)):
        chosen = {axis.key: option for axis, option in zip(axes, options, strict=True) if option != axis.own}
        if "commitment" in chosen and bases and options[0] != "rented":
            continue
        yield tuple(chosen.items())


def _variants(opened: OpenScenario, axes: tuple[Axis, ...]) -> tuple[dict[Choices, Scenario], dict[Choices, str]]:
    variants: dict[Choices, Scenario] = {}
    refusals: dict[Choices, str] = {}
    for choices in combinations(axes):
        found = with_choices(opened, choices).try_scenario() if choices else opened.scenario
        if isinstance(found, Issue):
            refusals[choices] = _sentence(found)
        else:
            variants[choices] = found
    return variants, refusals


def _sentence(issue: Issue) -> str:
    return f"{issue.key}: {issue.message}" if issue.key else issue.message


# --- shocks and levers ----------------------------------------------------------------------------------------------------


def _toggles(
    opened: OpenScenario,
    base: Scenario,
    axes: tuple[Axis, ...],
    draws: NDArray[np.float64],
    kept: Kept,
) -> tuple[list[Toggle], list[Omission]]:
    """Return the shocks and levers that the page offers, and those that apply and are not offered.

    Those with evidence come before assumptions, then the costliest shocks and the levers that save most.
    """
    found: list[Toggle] = []
    omissions: list[Omission] = []
    for kind in ("shock", "lever"):
        of_kind: list[Toggle] = []
        without_effect: list[str] = []
        for name in library.names(f"{kind}s"):
            variant = opened.with_(**{f"{kind}s": [name]}).try_scenario()  # type: ignore[arg-type]
            if isinstance(variant, Issue):
                continue
            adjustment = next(each for each in variant.adjustments if (each.kind, each.name) == (kind, name))
            change = _change(draws, _total(variant))
            if adjustment.in_baseline or abs(change) <= _CHANGED:
                continue
            selects = _selected(base, variant, axes, adjustment)
            reason = _obstacle(base, variant, adjustment, selects, kept)
            if change > 0 and _costs_only_adoption(opened, adjustment, draws):
                without_effect.append(name)
            elif reason:
                omissions.append(Omission(kind, (name,), reason))
            else:
                of_kind.append(Toggle(adjustment, change, selects))
        shown, hidden = _most_useful(of_kind, kind)
        found += shown
        omissions += hidden
        if without_effect:
            omissions.append(Omission(kind, tuple(without_effect), _ONLY_ADOPTION))
    return found, omissions


def _costs_only_adoption(opened: OpenScenario, adjustment: Adjustment, draws: NDArray[np.float64]) -> bool:
    """Whether a lever leaves the total as it is, but for the work and the delay of its adoption."""
    if adjustment.kind != "lever" or (adjustment.effort is None and adjustment.delay is None):
        return False
    free = opened.allowing_unused().with_(levers=[adjustment.name], sets=[no_adoption(adjustment)]).try_scenario()
    return not isinstance(free, Issue) and abs(_change(draws, _total(free))) <= _CHANGED


def _most_useful(toggles: list[Toggle], kind: str) -> tuple[list[Toggle], list[Omission]]:
    """Return the costliest shocks, or the levers that save most, those with evidence before assumptions, and the others."""
    sign = -1 if kind == "shock" else 1
    by_effect = sorted(toggles, key=lambda toggle: (sign * toggle.change, toggle.adjustment.name))
    by_evidence = sorted(by_effect, key=lambda toggle: toggle.is_assumption)
    shown = [toggle for toggle in by_effect if toggle in by_evidence[:MOST_TOGGLES]]
    less = "less effect than those on this page" if kind == "shock" else "less saved than by those on this page"
    hidden = [
        Omission(kind, names, "no evidence of their size, which others have" if is_assumption else less)
        for is_assumption in (False, True)
        if (
            names := tuple(
                toggle.adjustment.name for toggle in by_evidence[MOST_TOGGLES:] if toggle.is_assumption == is_assumption
            )
        )
    ]
    return shown, hidden


def _selected(base: Scenario, variant: Scenario, axes: tuple[Axis, ...], adjustment: Adjustment) -> dict[str, str]:
    """Return the options of the page's choices that a lever selects."""
    keys = [axis.key for axis in axes if axis.key in adjustment.selects]
    return {key: variant.choices[key] for key in keys if variant.choices[key] != base.choices[key]}


def _obstacle(base: Scenario, variant: Scenario, adjustment: Adjustment, selects: Mapping[str, str], kept: Kept) -> str:
    """Return why the page cannot switch an adjustment, or an empty text."""
    others = [key for key in adjustment.selects if key not in selects]
    if others:
        which = "are no choices" if len(others) > 1 else "is no choice"
        return f"it changes {', '.join(map(to_words, others))}, which {which} of this page"
    changed = {effect.quantity for effect in adjustment.effects}
    if changed & kept.behind:
        return f"it changes {to_words(min(changed & kept.behind))}; {kept.dependence('it')}"
    for other in base.adjustments:
        both = changed & {effect.quantity for effect in other.effects}
        if both:
            return f"the scenario has {other.kind} {to_words(other.name)}, which changes {to_words(min(both))} too"
    if set(variant.lines) - {"adoption_cost"} != set(base.lines) - {"adoption_cost"} and not selects:
        return "it changes the lines of the total"
    return ""


def _with_refusals(opened: OpenScenario, axes: tuple[Axis, ...], toggles: Iterable[Toggle]) -> tuple[Toggle, ...]:
    """Return toggles with the options under which they do not apply."""
    toggles = tuple(toggles)
    refusals: dict[str, dict[tuple[str, str], str]] = {toggle.adjustment.full_name: {} for toggle in toggles}
    conditional = [toggle for toggle in toggles if toggle.adjustment.conditions and not toggle.selects]
    for axis in axes:
        for option in axis.options[1:]:
            choices: Choices = ((axis.key, option),)
            if axis.key == "commitment" and opened.scenario.choices["basis"] != "rented":
                choices = (("basis", "rented"), *choices)
            for name, reason in _refusals_alone(with_choices(opened, choices), conditional).items():
                refusals[name][axis.key, option] = reason
    return tuple(replace(toggle, refusals=refusals[toggle.adjustment.full_name]) for toggle in toggles)


def _refusals_alone(opened: OpenScenario, toggles: Sequence[Toggle]) -> dict[str, str]:
    """Return the toggles that do not apply in a scenario, each alone, by full name with the reason.

    Those that apply together apply alone, so all are tried at once; where that is refused, the toggle that the issue names is
    tried alone and left out, until the others are accepted.
    """
    found: dict[str, str] = {}
    remaining = list(toggles)
    while remaining and isinstance(issue := _try_with(opened, remaining), Issue):
        named = [each for each in remaining if issue.key == f"{each.adjustment.kind} {each.adjustment.name}"] or remaining
        for toggle in named:
            alone = _try_with(opened, [toggle])
            if isinstance(alone, Issue):
                found[toggle.adjustment.full_name] = alone.message
        remaining = [each for each in remaining if each not in named]
    return found


def _try_with(opened: OpenScenario, toggles: Iterable[Toggle]) -> Scenario | Issue:
    names: dict[str, list[str]] = {"shock": [], "lever": []}
    for toggle in toggles:
        names[toggle.adjustment.kind].append(toggle.adjustment.name)
    return opened.with_(shocks=names["shock"], levers=names["lever"]).try_scenario()
