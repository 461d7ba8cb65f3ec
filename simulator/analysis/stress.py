"""What would break it: shocks, sweeps, the worlds in which a thing happens, and priors that somebody doubts.

Shocks and sweeps are drawn under the scenario's own luck, so a change is a difference draw by draw. Reverse stress looks at
draws that are already there and asks what sets those apart in which something holds. Reweighting gives the draws of one prior
the weights that another law would give them, and draws nothing.
"""

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.analysis.statistics import (
    DRAWS,
    MOST_DRAWS,
    Array,
    chance,
    difference,
    draw,
    evaluate_from,
    figures,
    has_mean,
    stable_mean,
)
from simulator.core.errors import Rejected
from simulator.core.formatting import digits, percent, shown, words
from simulator.core.levels import Level, interval_of
from simulator.core.suggestions import nearest
from simulator.core.units import Unit, Value
from simulator.distributions import Choice, Constant, Distribution, Empirical, Mixture, Posterior, Scaled
from simulator.engine.inputs import Input
from simulator.engine.summaries import PERCENTS, ends
from simulator.scenario import TOTAL, Scenario, library, read
from simulator.scenario.values import law_of

if TYPE_CHECKING:
    import xarray as xr

Mask = NDArray[np.bool_]
Progress = Callable[[int, int], None] | None

SWEPT = (0.05, 0.95)
LEAST_SUCH = 200
"""Worlds below which nothing is said of what they have in common."""
ENOUGH_SUCH = 1000
"""Worlds of a kind for which more is drawn, as far as memory goes."""
LEAST_EFFECTIVE = 500
LEAST_EFFECTIVE_SHARE = 0.05
MOST_NAMED = 3
"""Inputs that a box names: more than three are no sentence."""

_MOST_HELD = 50_000_000  # numbers held at once: 400 MB
_CLEAR = 1.95  # Kolmogorov's distance in its own errors that luck passes once in a thousand inputs
_PEELED = 0.05  # of a box, each time (Friedman and Fisher 1999)
_TRIED = 8  # inputs, the most surprising first, that a box may name
_LEAST_IN_BOX = 20
_WORTH_NAMING = 0.01  # what a bound must add to the box, or it is left out of the sentence


class Unable(ValueError):
    """What cannot be answered of this scenario, with the reason and the next step."""


# --- shocks ---------------------------------------------------------------------------------------------------------------


def stress(
    reference: str,
    shocks: Iterable[str] = (),
    combine: Iterable[Sequence[str]] = (),
    *,
    sets: Iterable[str] = (),
    levers: Iterable[str] = (),
    basis: str | None = None,
    budget: str | None = None,
    formulas: Iterable[Callable[..., Any]] = (),
    draws: int = DRAWS,
    seed: int = 0,
    interval: Level = 0.95,
    threads: int | None = None,
    progress: Progress = None,
) -> dict[str, Any]:
    """Let shocks happen to a scenario, each alone and the named ones together, and return what the total becomes.

    Each of `combine` is a set of shocks that happen together; its members are told alone too. Without names, every shock of the
    library is tried, and those that have nothing to act on come back under `refused` with the reason. Changes are paired with
    the scenario without a shock, under one seed; amounts are in USD. The other options are those of `read`.

    Raises `Rejected` where the scenario or a named shock is refused, `Unable` for a run under way.
    """
    interval = interval_of(interval)
    options: dict[str, Any] = {"sets": tuple(sets), "levers": tuple(levers), "basis": basis, "budget": budget}
    options["formulas"] = tuple(formulas)
    base = read(reference, **options)
    _not_under_way(base)
    named = tuple(dict.fromkeys(shocks))
    together = [tuple(each) for each in combine]
    for each in together:
        if len(set(each)) < max(2, len(each)):
            raise Unable(f"{'+'.join(each)!r}: name two shocks or more, each once, as in A+B")
    if len(named) > 1 and set(named) not in [set(each) for each in together]:
        together = [named, *together]
    single = list(dict.fromkeys([*named, *(name for each in together for name in each)]))
    choosing = not single
    if choosing:
        single = list(library.names("shocks"))
    happened = {made.name for made in base.adjustments if made.shelf == "shock"}
    worlds: list[tuple[tuple[str, ...], Scenario]] = []
    refused = []
    for each in [*((name,) for name in single), *together]:
        try:
            if set(each) & happened:
                raise Unable(f"{'+'.join(each)} is part of the scenario already")
            worlds.append((each, read(reference, shocks=each, **options)))
        except (Rejected, Unable) as error:
            if not choosing:
                raise
            reason = error.faults[0].message if isinstance(error, Rejected) else str(error)
            refused.append({"name": each[0], "reason": reason})
    usual = draw(base, draws, seed, [TOTAL], threads=threads)
    before, heavy = usual.kept[TOTAL], bool(usual.why_no_mean())
    rows: list[dict[str, Any]] = []
    for number, (each, scenario) in enumerate(worlds, start=1):
        total = draw(scenario, draws, seed, [TOTAL], threads=threads).kept[TOTAL]
        rows.append(_world(each, scenario, before, total, base.budget, interval, heavy=heavy))
        if progress is not None:
            progress(number * draws, len(worlds) * draws)
    ranked_by = rank_by_one([row["change"] for row in rows], heavy=heavy)
    alone = {row["name"]: row["change"]["value"] for row in rows}
    for row in rows:
        if len(row["shocks"]) > 1:
            row["alone_added_up"] = math.fsum(alone[name] for name in row["shocks"])
    if choosing:
        rows.sort(key=lambda row: -row["change"]["value"])
    return {
        "ranked_by": ranked_by,
        "base": {**figures(before, interval, heavy=heavy), "within_budget": _within(before, base.budget)},
        "worlds": rows,
        "refused": refused,
    }


def _not_under_way(scenario: Scenario) -> None:
    if scenario.progress is not None:
        raise Unable(
            f"{scenario.name} is under way: its draws are those that agree with what it has spent, "
            "so none has its like elsewhere"
        )


def _within(total: Array, budget: float | None) -> dict[str, float] | None:
    return None if budget is None else chance(total <= budget)._asdict()


def _world(
    shocks: tuple[str, ...],
    scenario: Scenario,
    before: Array,
    total: Array,
    budget: float | None,
    interval: Level,
    *,
    heavy: bool,
) -> dict[str, Any]:
    """What one world's total is, and how it differs from the world without a shock."""
    change = difference(total, before)
    made = [each for each in scenario.adjustments if each.shelf == "shock" and each.name in shocks]
    return {
        "name": "+".join(shocks),
        "shocks": list(shocks),
        "about": "; ".join(each.about for each in made),
        "sure": max((each.sure for each in made), default=""),
        "conditions": "; ".join(each.conditions for each in made if each.conditions),
        **figures(total, interval, heavy=heavy),
        "within_budget": _within(total, budget),
        "change": {**_changed(change, before), "moves": bool(change.any())},
    }


def _changed(change: Array, before: Array) -> dict[str, Any]:
    """The change of the mean, where there is one, and of the median, each with its share of the figure before."""
    moved = stable_mean(change) if has_mean(before) else None
    median = float(np.median(before + change) - np.median(before))
    return {
        "mean": None if moved is None else moved.value,
        "mcse": None if moved is None else moved.error,
        "median": median,
        "shares": {
            "mean": None if moved is None else _share(moved.value, before.mean()),
            "median": _share(median, np.median(before)),
        },
    }


def _share(change: float, before: Any) -> float | None:
    return change / float(before) if before else None


def rank_by_one(changes: Sequence[dict[str, Any]], *, heavy: bool) -> str:
    """Give each change its `value` and `share`: of the mean, or for all of them of the median where one has no mean."""
    by = "median" if heavy or any(change["mean"] is None for change in changes) else "mean"
    for change in changes:
        shares = change.pop("shares")
        if by == "median":
            change |= {"mean": None, "mcse": None}
        change |= {"value": change[by], "share": shares[by]}
    return by


# --- one prior at a time --------------------------------------------------------------------------------------------------


def sweep(
    scenario: Scenario,
    draws: int = DRAWS,
    seed: int = 0,
    *,
    interval: Level = 0.95,
    threads: int | None = None,
    progress: Progress = None,
) -> dict[str, Any]:
    """Set each prior to its 5 % and its 95 % point, the others free, and return what the total becomes, widest change first.

    A prior that is tied to others is set alone: they stay as they were drawn, as if somebody had changed it, and not as if one
    had learned of it. Raises `Unable` for a run under way.
    """
    interval = interval_of(interval)
    _not_under_way(scenario)
    priors = {name: made for name, made in scenario.inputs.items() if made.role == "prior"}
    result = draw(scenario, _fitting(draws, len(priors) + 1), seed, [TOTAL, *priors], threads=threads)
    before = result.kept[TOTAL]
    drawn: dict[str, Value] = {
        name: result.kept[name] if name in priors else np.float64(made.law.quantile(0.5))
        for name, made in scenario.inputs.items()
    }
    tied = {name for pair in scenario.ranks for name in pair}
    rows: list[dict[str, Any]] = []
    for number, (name, made) in enumerate(priors.items(), start=1):
        points: list[dict[str, Any]] = []
        for p in SWEPT:
            values = dict(drawn)
            value = made.law.quantile(p)
            evaluate_from(scenario.plan, values, {name: np.float64(value)})
            total = np.array(np.broadcast_to(np.asarray(values[TOTAL]), before.shape))
            if not np.isfinite(total).all():
                raise Unable(f"{name}: at its {100 * p:g} % point the total is not a finite number in some draws")
            points.append({"percent": 100 * p, "value": value, **figures(total, interval),
                           "change": _changed(difference(total, before), before)})  # fmt: skip
        rows.append({"name": name, "unit": made.unit.text, "sure": made.sure, "tied": made.stream in tied, "points": points})
        if progress is not None:
            progress(number * len(before), len(priors) * len(before))
    changes = [point["change"] for row in rows for point in row["points"]]
    ranked_by = rank_by_one(changes, heavy=bool(result.why_no_mean()))
    rows.sort(key=lambda row: -abs(row["points"][1]["change"]["value"] - row["points"][0]["change"]["value"]))
    return {"draws": len(before), "ranked_by": ranked_by, "base": figures(before, interval), "priors": rows}


def _fitting(draws: int, arrays: int) -> int:
    """Return as many draws as are asked for, or as many as can be held."""
    return min(draws, MOST_DRAWS, max(1000, _MOST_HELD // max(1, arrays)))


# --- reverse --------------------------------------------------------------------------------------------------------------


class Condition(NamedTuple):
    """What holds in some worlds, such as `total_cost > 200e6`; the amount is in canonical units."""

    name: str
    above: bool
    amount: float
    text: str

    def holds(self, values: Array) -> Mask:
        """Return in which draws it holds."""
        return values > self.amount if self.above else values < self.amount


_CONDITION = re.compile(r"\s*(?P<name>[^<>=]+?)\s*(?P<sign>[<>])\s*(?P<amount>[^<>=]+?)\s*")


def condition(text: str, scenario: Scenario) -> Condition:
    """Read a condition on a quantity that takes part in a scenario: a name, `>` or `<`, an amount with its unit or without.

    Raises `Unable` with the next step.
    """
    found = _CONDITION.fullmatch(text)
    if found is None:
        raise Unable(f"{text!r} is no condition; write one such as 'total_cost > 200e6' or 'wall_clock < 60 day'")
    name = found["name"]
    if name not in scenario.plan.names:
        hint = nearest(name, scenario.plan.names)
        if name in scenario.graph.units:
            hint = f"; name it among the `outcomes` of a file that extends {scenario.name}"
        raise Unable(f"{name!r} takes no part here{hint}")
    try:
        law = law_of(found["amount"], Unit(scenario.unit(name), low=-math.inf), 0.95)
    except ValueError as error:
        raise Unable(f"{text!r}: {error}") from None
    if not law.is_constant:
        raise Unable(f"{text!r}: the amount must be one number")
    return Condition(name, found["sign"] == ">", law.quantile(0.5), " ".join(text.split()))


def reverse(
    scenario: Scenario,
    text: str,
    draws: int = DRAWS,
    seed: int = 0,
    *,
    kept: Mapping[str, Array] | None = None,
    interval: Level = 0.95,
    threads: int | None = None,
    progress: Progress = None,
) -> dict[str, Any]:
    """Return what sets apart the worlds in which a condition holds: inputs by surprise, and a box named in words.

    Where fewer than 1,000 draws fulfil it, more are drawn, up to 1e6 or what memory holds. `kept` are whole draws of a run of
    this scenario, which are asked in place of new ones. Raises `Unable` where fewer than 200 draws fulfil the condition, or
    fewer than 200 do not, with its chance.
    """
    interval = interval_of(interval)
    asked = condition(text, scenario)
    priors = [name for name, made in scenario.inputs.items() if made.role == "prior" and name != asked.name]
    names = [asked.name, *priors]
    if kept is None:
        kept = _drawn_until_enough(scenario, asked, names, draws, seed, threads, progress)
    _check_kept(kept, names)
    such = asked.holds(kept[asked.name])
    many, count = len(such), int(np.count_nonzero(such))
    if min(count, many - count) < LEAST_SUCH:
        raise Unable(_too_few(asked, such))
    found = worlds_apart({name: kept[name] for name in priors}, such, interval)
    for row in found["inputs"]:
        row["unit"], row["sure"] = scenario.unit(row["name"]), scenario.inputs[row["name"]].sure
    box = found["box"]
    return {
        "condition": asked.text, "quantity": asked.name, "above": asked.above, "amount": asked.amount,
        "unit": scenario.unit(asked.name), "draws": many, "such": count, "chance": chance(such)._asdict(), **found,
        "sentence": sentence(box, {name: scenario.unit(name) for name in priors}) if box else "",
    }  # fmt: skip


def _drawn_until_enough(
    scenario: Scenario, asked: Condition, names: list[str], draws: int, seed: int, threads: int | None, progress: Progress
) -> dict[str, Array]:
    """Draw whole draws, and more of them where the condition is rare: a longer run begins with the shorter one."""
    most = _fitting(MOST_DRAWS, len(names))
    draws = min(draws, most)
    while True:
        kept = draw(scenario, draws, seed, names, threads=threads, progress=progress).kept
        such = int(np.count_nonzero(asked.holds(kept[asked.name])))
        if such >= ENOUGH_SUCH or draws >= most:
            return kept
        draws = min(most, int(draws * max(2.0, min(20.0, 1.2 * ENOUGH_SUCH / max(such, 1)))))


def kept_of(tree: "xr.DataTree", scenario: Scenario) -> dict[str, Array]:
    """Return the whole draws of a saved run (`results.open_tree`), by name; `Unable` where it is of another scenario."""
    groups = [tree[name].dataset for name in ("prior", "prior_predictive")]
    if groups[0].attrs.get("config_sha256") != scenario.fingerprint:
        raise Unable(f"the saved draws are not of {scenario.name} as it is read now; run it again with -o")
    saved = {str(name): draws for group in groups for name, draws in group.data_vars.items()}
    names = {name.replace("/", ":"): name for name in scenario.plan.names}
    return {names[name]: np.asarray(draws.values, dtype=np.float64).ravel() for name, draws in saved.items() if name in names}


def _check_kept(kept: Mapping[str, Array], names: Iterable[str]) -> None:
    lacking = [name for name in names if name not in kept]
    if lacking:
        raise Unable(f"there are no draws of {', '.join(lacking)}")


def _too_few(asked: Condition, such: Mask) -> str:
    many, count = len(such), int(np.count_nonzero(such))
    if many - count < LEAST_SUCH:
        return (
            f"{asked.text} holds in {count:,} of {many:,} draws, so nothing sets these worlds apart; "
            "turn the condition round, or name another amount"
        )
    share, error = chance(such)
    # With none among n draws the chance is below 3 / n, at 95 %.
    about = f"a chance of {digits(100 * share)}% +-{digits(100 * error, 1)}" if count else f"a chance below {percent(3 / many)}"
    return (
        f"{asked.text} holds in {count:,} of {many:,} draws ({about}): {LEAST_SUCH} are needed to say what such worlds look "
        "like; name an amount that is nearer"
    )


def worlds_apart(inputs: Mapping[str, Array], such: Mask, interval: Level = 0.95) -> dict[str, Any]:
    """Compare inputs in the chosen draws with the same inputs in all draws: the most surprising first, and a box.

    Surprise is the Kolmogorov-Smirnov distance: the largest difference between the two cumulative shares, 0 for an input that
    has nothing to do with it and near 1 for one that decides it. It does not depend on the unit or the shape of the input.
    `clear` says whether luck would give as much less than once in a thousand inputs. Ties bring their partners along.
    """
    low, high = ends(interval)
    rows: list[dict[str, Any]] = []
    for name, values in inputs.items():
        distance, where = surprise(values, such)
        usual, then = (np.quantile(x, [0.5, low, high]).tolist() for x in (values, values[such]))
        rows.append({
            "name": name, "surprise": distance, "clear": distance > luck(such), "higher": where > 0,
            "usual": dict(zip(("median", "low", "high"), usual, strict=True)),
            "then": dict(zip(("median", "low", "high"), then, strict=True)),
        })  # fmt: skip
    rows.sort(key=lambda row: -row["surprise"])
    return {"inputs": rows, "box": box_of(inputs, such)}


def surprise(values: Array, such: Mask) -> tuple[float, int]:
    """Return the Kolmogorov-Smirnov distance of the chosen draws from all, and 1 where they lie higher, -1 where lower."""
    order = np.argsort(values)
    ordered = values[order]
    chosen = np.cumsum(such[order])
    gap = np.arange(1, len(values) + 1) / len(values) - chosen / chosen[-1]
    gap = gap[np.append(ordered[1:] != ordered[:-1], True)]  # equal values count together
    widest = int(np.argmax(np.abs(gap)))
    return float(abs(gap[widest])), int(np.sign(gap[widest]))


def luck(such: Mask) -> float:
    """Return the distance that an input without any part in it passes once in a thousand times (Smirnov 1948)."""
    count = int(np.count_nonzero(such))
    return _CLEAR * math.sqrt((1 - count / len(such)) / count)


class Bound(NamedTuple):
    """One side of a box: the input lies at or above (below) a value, as `share` of all draws do."""

    name: str
    above: bool
    value: float
    share: float


def box_of(inputs: Mapping[str, Array], such: Mask, most: int = MOST_NAMED) -> dict[str, Any] | None:
    """Find a box in at most `most` inputs in which the chosen draws are dense, or None where no input has to do with them.

    The patient rule induction method of Friedman and Fisher (Bump hunting in high-dimensional data, Statistics and Computing 9,
    1999): from the half of the draws with even numbers, 5 % are peeled off at a time, always at that end of an input which
    leaves the greatest share of chosen draws. Of the boxes on the way the one is taken in which lying inside agrees best with
    being chosen (the correlation of the two), and bounds that add little to that are dropped again. The step that pastes
    slices back on is left out. What is told of the box is counted on the other half, which had no part in finding it.

    `density` is the share of chosen draws in the box, `coverage` the share of the chosen draws that lie there, `mass` the share
    of all draws that do. Only the order of values matters, so a change of scale changes nothing.
    """
    seek, check = slice(0, None, 2), slice(1, None, 2)
    if not such[seek].any() or not such[check].any():
        return None
    found = {name: surprise(values[seek], such[seek])[0] for name, values in inputs.items()}
    clear = sorted((name for name in found if found[name] > luck(such[seek])), key=lambda name: -found[name])[:_TRIED]
    bounds = _peeled({name: inputs[name][seek] for name in clear}, such[seek], most)
    if not bounds:
        return None
    inside = _inside(bounds, inputs)
    if not inside[check].any():
        return None

    def told(half: slice) -> dict[str, dict[str, float]]:
        within, chosen = inside[half], such[half]
        parts = {"density": chosen[within], "coverage": within[chosen], "mass": within}
        return {key: chance(part)._asdict() for key, part in parts.items()}

    sides = [
        Bound(name, above, value, float(np.mean(_holds(inputs[name], above, value)))) for (name, above), value in bounds.items()
    ]
    return {
        "bounds": [side._asdict() for side in sides],
        **told(check),
        "found_on": told(seek),
        "usual": float(np.mean(such)),
    }


_Bounds = dict[tuple[str, bool], float]


def _holds(values: Array, above: bool, value: float) -> Mask:
    return values >= value if above else values <= value


def _inside(bounds: _Bounds, inputs: Mapping[str, Array]) -> Mask:
    """In which draws all bounds hold."""
    held = [_holds(inputs[name], above, value) for (name, above), value in bounds.items()]
    return np.asarray(np.logical_and.reduce(held))


def _peeled(inputs: Mapping[str, Array], such: Mask, most: int) -> _Bounds:
    """Peel, pick the best box on the way, and drop the bounds that it does not need."""
    rows = np.arange(len(such))
    bounds: _Bounds = {}
    boxes: list[tuple[float, _Bounds]] = []
    while True:
        taken = {name for name, _ in bounds}
        held = such[rows]
        share = float(held.mean())
        best: tuple[float, str, bool, float, Mask] | None = None
        for name in inputs:
            if len(taken) >= most and name not in taken:
                continue
            for above in (True, False):
                cut = _cut(inputs[name][rows], above)
                if cut is None:
                    continue
                value, stays = cut
                # For each draw that is given up, so that steps of unlike size compare; the more surprising input wins a tie.
                gain = (float(held[stays].mean()) - share) / (len(rows) - int(np.count_nonzero(stays)))
                if gain > 0 and (best is None or gain > best[0]):
                    best = gain, name, above, value, stays
        if best is None:
            break
        _, name, above, value, stays = best
        rows = rows[stays]
        if np.count_nonzero(such[rows]) < _LEAST_IN_BOX:
            break
        bounds = {**bounds, (name, above): value}
        boxes.append((_agreement(bounds, inputs, such), bounds))
    if not boxes:
        return {}
    return _needed(max(boxes, key=lambda box: box[0])[1], inputs, such)


def _cut(values: Array, above: bool) -> tuple[float, Mask] | None:
    """Take the outermost 5 % off one end, equal values together; None where nothing would stay or nothing would go."""
    signed = values if above else -values
    count = max(1, int(_PEELED * len(values)))
    if count >= len(values):
        return None
    edge = np.partition(signed, count)[count]
    stays = signed >= edge
    if stays.all():  # so many equal values lie at the end that they go together
        stays = signed > edge
        if not stays.any():
            return None
        edge = signed[stays].min()
    return float(edge if above else -edge), stays


def _agreement(bounds: _Bounds, inputs: Mapping[str, Array], such: Mask) -> float:
    """The correlation between lying in a box and being chosen."""
    within = _inside(bounds, inputs)
    inside, chosen, many = float(np.count_nonzero(within)), float(np.count_nonzero(such)), float(len(such))
    spread = inside * (many - inside) * chosen * (many - chosen)
    return (np.count_nonzero(within & such) * many - inside * chosen) / math.sqrt(spread) if spread > 0 else 0.0


def _needed(bounds: _Bounds, inputs: Mapping[str, Array], such: Mask) -> _Bounds:
    """Drop bounds one by one while the box agrees nearly as well without."""
    least = (1 - _WORTH_NAMING) * _agreement(bounds, inputs, such)
    while len(bounds) > 1:
        fewer = [{key: value for key, value in bounds.items() if key != out} for out in bounds]
        best = max(fewer, key=lambda some: _agreement(some, inputs, such))
        if _agreement(best, inputs, such) < least:
            break
        bounds = best
    return bounds


def sentence(box: Mapping[str, Any], units: Mapping[str, str]) -> str:
    """Name a box in words, with what share of such worlds lies there and what share of worlds there is such."""
    parts = []
    for name in dict.fromkeys(bound["name"] for bound in box["bounds"]):
        sides = {bound["above"]: bound for bound in box["bounds"] if bound["name"] == name}
        word, unit = words(name), units[name]
        if len(sides) == 2:
            share = sides[True]["share"] + sides[False]["share"] - 1
            span = f"{shown(sides[True]['value'], unit)} and {shown(sides[False]['value'], unit)}"
            parts.append(f"{word} between {span} ({percent(share)} of worlds)")
        else:
            (bound,) = sides.values()
            side, end = ("above", "top") if bound["above"] else ("below", "lowest")
            parts.append(f"{word} {side} {shown(bound['value'], unit)} ({end} {percent(bound['share'])})")
    listed = " and ".join(part for part in (", ".join(parts[:-1]), parts[-1]) if part)
    coverage, density = (percent(box[key]["value"]) for key in ("coverage", "density"))
    return (
        f"{listed}: {coverage} of such worlds lie here, where {density} of worlds are such "
        f"({percent(box['usual'])} of all worlds are)"
    )


# --- doubt ----------------------------------------------------------------------------------------------------------------

_SCORES = np.linspace(-8.5, 8.5, 3401)  # one draw in 1e16 lies beyond
_STEP = 1e-3
_LOST = 0.02  # share of the new law that may lie where the old one never is


def log_density(law: Distribution, x: Array) -> Array:
    """Return the logarithm of a law's density: of the score's density over the slope of the value in the score.

    Mixtures and choices are the sum of their parts. Raises `Unable` where a weight stands on single values.
    """
    if isinstance(law, Constant | Empirical | Posterior):
        raise Unable("has weight on single values, so it has no density")
    if isinstance(law, Mixture | Choice):
        parts = [math.log(weight) + log_density(part, x) for part, weight in zip(law.parts, law.weights, strict=True)]
        return np.asarray(np.logaddexp.reduce(parts))
    if isinstance(law, Scaled):
        return log_density(law.law, x / law.by) - math.log(law.by)
    at = np.asarray(law.at(_SCORES))
    if not (np.diff(at[np.abs(_SCORES) < 5]) > 0).all():
        raise Unable("has weight on single values, so it has no density")
    z = np.interp(x, at, _SCORES)
    slope = (np.asarray(law.at(z + _STEP)) - np.asarray(law.at(z - _STEP))) / (2 * _STEP)
    density = -z * z / 2 - math.log(2 * math.pi) / 2 - np.log(np.maximum(slope, 1e-300))
    return np.where((x < at[0]) | (x > at[-1]), -np.inf, density)


def density_ratio(old: Distribution, new: Distribution, values: Array) -> tuple[Array, float]:
    """Return the density of the new law over the old one's at values of the old, and the mean square of it under the old law.

    The mean square is worked out and not drawn, so that weights which no draw has met yet count too; where it is infinite it
    comes out large. Raises `Unable` where the new law reaches where the old one does not, or either has no density.
    """
    (low, high), (first, last) = old.support, new.support
    if first < low - 1e-9 * abs(low) or last > high + 1e-9 * abs(high):
        raise Unable(f"goes {_span(first, last)}, and the old one only {_span(low, high)}")
    at = np.asarray(old.at(_SCORES))
    weight = np.exp(-(_SCORES**2) / 2)
    weight /= weight.sum()

    def ratio(x: Array) -> Array:
        over, under = log_density(new, x), log_density(old, x)
        nowhere = np.isneginf(over) | np.isneginf(under)  # the old one too: its own outermost value may be off by a rounding
        return np.exp(np.minimum(np.where(nowhere, -np.inf, over - under), 300.0))

    with np.errstate(divide="ignore", invalid="ignore"):
        tried, drawn = ratio(at), ratio(values)
    kept, square = float(np.sum(weight * tried)), float(np.sum(weight * tried**2))
    if not abs(kept - 1) < _LOST:
        raise Unable("lies where the old one hardly ever is")
    return drawn, square


def _span(low: float, high: float) -> str:
    if -math.inf < low and high < math.inf:
        return f"from {digits(low)} to {digits(high)}"
    return f"from {digits(low)} up" if -math.inf < low else f"up to {digits(high)}" if high < math.inf else "without end"


class Reweighted(NamedTuple):
    """Weights of draws with mean 1, and how many equally weighted draws tell as much.

    That number is Kish's (1965) for the weights drawn, or what is expected of the two laws where that is less.
    """

    weights: Array
    effective: float


def reweight(kept: Mapping[str, Array], laws: Mapping[str, tuple[Distribution, Distribution]]) -> Reweighted:
    """Weigh the draws of a run as if some priors had another law; `laws` gives for each the old and the new one.

    `kept` holds whole draws of those priors (`Result.kept`, or arrays), made with the old laws and independent of the other
    priors. Raises `Unable` where fewer than 5 % of the draws, or fewer than 500, would be left in effect, and where the new
    law reaches beyond the old one.
    """
    if not laws:
        raise Unable("no prior is doubted")
    many = len(kept[next(iter(laws))])
    weights, square = np.ones(many), 1.0
    for name, (old, new) in laws.items():
        try:
            ratio, its_square = density_ratio(old, new, kept[name])
        except Unable as error:
            raise Unable(f"{name}: the new law {error}; draw it anew with --set") from None
        weights, square = weights * ratio, square * its_square
    largest = float(weights.max())
    weights = weights / largest if largest > 0 else weights  # so that no square overflows
    spread = float(np.sum(weights**2))
    drawn = float(np.sum(weights)) ** 2 / spread if spread > 0 else 0.0
    effective = min(drawn, many / square)
    least = max(LEAST_EFFECTIVE, LEAST_EFFECTIVE_SHARE * many)
    if effective < least:
        raise Unable(
            f"{', '.join(laws)}: only {effective:,.0f} of {many:,} draws would count in effect, and {least:,.0f} are needed: "
            "the new law lies too far from the old one; draw it anew with --set"
        )
    return Reweighted(weights / weights.mean(), effective)


def weighted_quantiles(values: Array, weights: Array, p: Sequence[float] | Array) -> Array:
    """Return quantiles of weighted draws; each draw stands in the middle of its weight."""
    order = np.argsort(values)
    return _read_off(values[order], weights[order], p)


def _read_off(ordered: Array, weights: Array, p: Sequence[float] | Array) -> Array:
    upper = np.cumsum(weights)
    return np.asarray(np.interp(p, (upper - weights / 2) / upper[-1], ordered))


def weighted_figures(values: Array, weights: Array, interval: Level = 0.95) -> dict[str, Any]:
    """Return the figures of weighted draws, self-normalised, under the names that a run's JSON has.

    Errors are those of a ratio of two sums (the delta method): the root of the sum of squared weighted deviations.
    """
    order = np.argsort(values)
    values, share = values[order], weights[order] / weights.sum()
    middle = float(np.sum(share * values))
    deviation = values - middle
    low, high = ends(interval)
    place = {"median": 0.5, "low": low, "high": high}
    found = _read_off(values, share, list(place.values()))
    errors = []
    for p, value in zip(place.values(), found, strict=True):
        step = math.sqrt(float(np.sum((share * ((values <= value) - p)) ** 2)))
        near = _read_off(values, share, [max(0.0, p - step), min(1.0, p + step)])
        errors.append(float(near[1] - near[0]) / 2)
    told = _read_off(values, share, np.array(PERCENTS) / 100).tolist()
    return {
        "mean": middle,
        "sd": math.sqrt(float(np.sum(share * deviation**2))),
        **dict(zip(place, found.tolist(), strict=True)),
        "quantiles": dict(zip((f"{p:g}" for p in PERCENTS), told, strict=True)),
        "mcse": {"mean": math.sqrt(float(np.sum((share * deviation) ** 2))), **dict(zip(place, errors, strict=True))},
    }


def doubt(
    scenario: Scenario,
    others: Mapping[str, Scenario],
    draws: int = DRAWS,
    seed: int = 0,
    *,
    kept: Mapping[str, Array] | None = None,
    interval: Level = 0.95,
    threads: int | None = None,
    progress: Progress = None,
) -> list[dict[str, Any]]:
    """Return what the total and its lines would be if some priors had another law, without drawing them.

    `others` are the same scenario with one prior changed, by what was said of it (`mfu=0.25 to 0.35`); each is told alone, and
    all together where they are several. One run of the scenario serves all; `kept` are whole draws of one that is there
    already. Raises `Unable` where the draws do not reach.
    """
    interval = interval_of(interval)
    doubts: dict[str, dict[str, Input]] = {}
    for text, other in others.items():
        name = doubted(scenario, other, text)
        doubts[text] = {name: other.inputs[name]}
    together = {name: new for each in doubts.values() for name, new in each.items()}
    if len(together) < len(doubts):
        raise Unable("a prior is doubted twice; keep one of its new laws")
    if len(doubts) > 1:
        doubts["together"] = together
    names = [TOTAL, *scenario.lines, *together]
    if kept is None:
        kept = draw(scenario, _fitting(draws, len(names)), seed, names, threads=threads, progress=progress).kept
    _check_kept(kept, names)
    rows = []
    for text, each in doubts.items():
        made = reweight(kept, {name: (scenario.inputs[name].law, new.law) for name, new in each.items()})
        rows.append({
            "name": text,
            "priors": [{"name": name, "from": scenario.inputs[name].stated, "to": new.stated} for name, new in each.items()],
            "draws": len(made.weights),
            "effective": made.effective,
            "quantities": {
                name: {"usual": figures(kept[name], interval), "then": weighted_figures(kept[name], made.weights, interval)}
                for name in (*scenario.lines, TOTAL)
            },
        })  # fmt: skip
    return rows


def doubted(scenario: Scenario, other: Scenario, text: str) -> str:
    """Return the one prior in which two scenarios differ; `Unable` where reweighting cannot lead from one to the other."""
    anew = "; draw it anew with --set"
    steps, other_steps = ([(step.name, step.needs) for step in each.plan.steps] for each in (scenario, other))
    if set(other.inputs) != set(scenario.inputs) or steps != other_steps:
        raise Unable(f"{text}: it changes how the total is computed, not one prior{anew}")
    changed = [name for name, made in scenario.inputs.items() if other.inputs[name].law != made.law]
    if not changed:
        raise Unable(f"{text}: that is the law which it has already")
    if len(changed) > 1:
        raise Unable(f"{text}: it changes {', '.join(changed)}, and one prior is doubted at a time{anew}")
    (name,) = changed
    made = scenario.inputs[name]
    if made.role == "choice":
        raise Unable(f"{text}: {name} is a known number here, so its draws tell nothing of other values{anew}")
    if any(made.stream in pair for pair in scenario.ranks):
        raise Unable(f"{text}: {name} is tied to other priors, which would change with it{anew}")
    if sum(one.stream == made.stream for one in scenario.inputs.values()) > 1:
        raise Unable(f"{text}: {name} shares its luck with other priors, which would change with it{anew}")
    return name
