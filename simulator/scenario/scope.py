"""The scope of a total, derived from its lines and not from a file, so that it always matches them."""

from collections.abc import Iterable, Mapping

from simulator import model
from simulator.core.formatting import to_words
from simulator.model.lines import Line

MOST_LINE_NAMES = 3
"""Maximum number of lines that are named in place of a scope."""

RUN_LINES = frozenset(name for name, each in model.LINES.items() if each.stage == "run")
"""Lines of the chips and their energy: the final run, and what factors on its chip-hours add."""


def scope_of(
    lines: Iterable[str],
    *,
    experiments: bool | None,
    post_training: bool,
    known: Mapping[str, Line] = model.LINES,
) -> str:
    """Return the scope of a total, from its lines and the factors on the chip-hours of the final run.

    `known` has the lines of which the stage is known: those of the model, and those of the user that are declared.

    All lines of chips and energy of a basis are the `final run`, unless the chip-hours include `experiments`. With them, or
    with a line of a development, the scope is the `development cost`; with a line after the release, the `cost of the whole
    life`. A total without a whole run, or with an unknown line, is described by its lines if they are few. `experiments` is
    None if the chip-hours or their cost are given as a whole, so that it is unknown.
    """
    all_lines = list(lines)
    others = {name for name in all_lines if name not in known or known[name].stage != "run"}
    is_whole = any(set(all_lines).issuperset(compute) for compute in model.COMPUTE_LINES.values())
    if is_whole and others <= known.keys():
        if any(known[name].stage == "service" for name in others):
            return "cost of the whole life"
        if others or experiments:
            return "development cost"
        if experiments is not None:
            return "final run and post-training" if post_training else "final run"
    names = [to_words(line) for line in all_lines]
    return (
        " and ".join((", ".join(names[:-1]), names[-1])).removeprefix(" and ")
        if len(names) <= MOST_LINE_NAMES
        else "total cost"
    )
