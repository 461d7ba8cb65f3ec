"""The draws in which a condition holds: which inputs set them apart from all draws, and a box in words."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from simulator.analysis.statistics import DRAWS, MOST_DRAWS, Array, Progress, UnsupportedError, draw, probability
from simulator.analysis.stress.conditions import Condition, condition
from simulator.analysis.stress.kept_draws import Mask, check_kept, fitting_draws
from simulator.analysis.stress.kolmogorov_smirnov import ks_distance, luck
from simulator.analysis.stress.peeling import box_of, sentence
from simulator.core.formatting import digits, percent
from simulator.core.levels import Level, interval_of
from simulator.engine.summaries import ends
from simulator.scenario import Scenario

LEAST_SUCH = 200
"""Draws below which nothing is said of what they have in common."""
ENOUGH_SUCH = 1000
"""Draws of a kind for which more is drawn, as far as memory goes."""


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
    """Return what sets apart the draws in which a condition holds: inputs by surprise, and a box named in words.

    Where fewer than 1,000 draws fulfil it, more are drawn, up to 1e6 or what memory holds. `kept` are whole draws of a run of
    this scenario, which are used in place of new ones. Raises `UnsupportedError` where fewer than 200 draws fulfil the
    condition, or fewer than 200 do not, with its probability.
    """
    interval = interval_of(interval)
    limit = condition(text, scenario)
    priors = [name for name, source in scenario.inputs.items() if source.role == "prior" and name != limit.name]
    names = [limit.name, *priors]
    if kept is None:
        kept = _drawn_until_enough(scenario, limit, names, draws, seed, threads, progress)
    check_kept(kept, names)
    such = limit.holds(kept[limit.name])
    many, count = len(such), int(np.count_nonzero(such))
    if min(count, many - count) < LEAST_SUCH:
        raise UnsupportedError(_too_few(limit, such))
    found = worlds_apart({name: kept[name] for name in priors}, such, interval)
    for row in found["inputs"]:
        row["unit"], row["grade"] = scenario.unit(row["name"]), scenario.inputs[row["name"]].grade
    box = found["box"]
    return {
        "condition": limit.text, "quantity": limit.name, "above": limit.above, "amount": limit.amount,
        "unit": scenario.unit(limit.name), "draws": many, "such": count, "probability": probability(such)._asdict(), **found,
        "sentence": sentence(box, {name: scenario.unit(name) for name in priors}) if box else "",
    }  # fmt: skip


def _drawn_until_enough(
    scenario: Scenario, limit: Condition, names: list[str], draws: int, seed: int, threads: int | None, progress: Progress
) -> dict[str, Array]:
    """Draw whole draws, and more of them where the condition is rare: a longer run begins with the shorter one."""
    most = fitting_draws(MOST_DRAWS, len(names))
    draws = min(draws, most)
    while True:
        kept = draw(scenario, draws, seed, names, threads=threads, progress=progress).kept
        such = int(np.count_nonzero(limit.holds(kept[limit.name])))
        if such >= ENOUGH_SUCH or draws >= most:
            return kept
        draws = min(most, int(draws * max(2.0, min(20.0, 1.2 * ENOUGH_SUCH / max(such, 1)))))


def _too_few(limit: Condition, such: Mask) -> str:
    many, count = len(such), int(np.count_nonzero(such))
    if many - count < LEAST_SUCH:
        return (
            f"{limit.text} holds in {count:,} of {many:,} draws, so nothing sets these draws apart; "
            "turn the condition round, or name another amount"
        )
    share, error = probability(such)
    # With none among n draws the probability is below 3 / n, at 95 %.
    about = (
        f"a probability of {digits(100 * share)}% +-{digits(100 * error, 1)}"
        if count
        else f"a probability below {percent(3 / many)}"
    )
    return (
        f"{limit.text} holds in {count:,} of {many:,} draws ({about}): {LEAST_SUCH} are needed to say what such draws look "
        "like; name an amount that is nearer"
    )


def worlds_apart(inputs: Mapping[str, Array], such: Mask, interval: Level = 0.95) -> dict[str, Any]:
    """Compare inputs in the chosen draws with the same inputs in all draws: the most surprising first, and a box.

    Surprise is the Kolmogorov-Smirnov distance: the largest difference between the two cumulative shares, 0 for an input that
    has nothing to do with it and near 1 for one that decides it. It does not depend on the unit or the shape of the input.
    `clear` says whether random draws would give as much less than once in a thousand inputs. Ties bring their partners along.
    """
    low, high = ends(interval)
    rows: list[dict[str, Any]] = []
    for name, values in inputs.items():
        distance, where = ks_distance(values, such)
        usual, then = (np.quantile(x, [0.5, low, high]).tolist() for x in (values, values[such]))
        rows.append({
            "name": name, "ks_distance": distance, "clear": distance > luck(such), "higher": where > 0,
            "usual": dict(zip(("median", "low", "high"), usual, strict=True)),
            "then": dict(zip(("median", "low", "high"), then, strict=True)),
        })  # fmt: skip
    rows.sort(key=lambda row: -row["ks_distance"])
    return {"inputs": rows, "box": box_of(inputs, such)}
