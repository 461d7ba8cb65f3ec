"""What a total covers, said of the lines that add up to it: no file says it, so that it is never said of other lines."""

from collections.abc import Iterable

from simulator import model
from simulator.core.formatting import words

MOST_NAMED = 3
"""Lines of which a total is the sum by their names."""

RUN_LINES = frozenset((*(line for lines in model.COMPUTE_LINES.values() for line in lines), "carbon_cost"))
"""Lines of the chips and their energy: the final run, with what factors on its chip-hours add."""

BUILD_LINES = frozenset((
    *(group.line for group in model.GROUPS.values()), "data_processing_cost", "storage_cost", "egress_cost",
    "synthetic_data_cost", "chip_licence_cost", "platform_cost", "support_cost", "other_cloud_cost",
    "hardware_maintenance_cost", "spares_cost",
))  # fmt: skip
"""Lines of a development beside its chips."""


def scope_of(lines: Iterable[str], *, experiments: bool | None, post_training: bool) -> str:
    """Say what a total covers, from the lines that add up to it and the factors on the chip-hours of the final run.

    All lines of chips and energy that a basis has are the `final run`, unless the chip-hours hold `experiments` too. With them,
    or with any line of a development, it is the `development cost`; with a line after the release the `cost of the whole life`.
    What holds no whole run, or a line that is not known here, goes by the names of its lines where these are few. `experiments`
    is None where the chip-hours, or what they cost, are given as a whole, so that nobody knows.
    """
    held = list(lines)
    others = set(held) - RUN_LINES
    is_whole = any(set(held).issuperset(compute) for compute in model.COMPUTE_LINES.values())
    if is_whole and others <= BUILD_LINES | set(model.AFTER_RELEASE):
        if others & set(model.AFTER_RELEASE):
            return "cost of the whole life"
        if others or experiments:
            return "development cost"
        if experiments is not None:
            return "final run and post-training" if post_training else "final run"
    named = [words(line) for line in held]
    return " and ".join((", ".join(named[:-1]), named[-1])).removeprefix(" and ") if len(named) <= MOST_NAMED else "total cost"
