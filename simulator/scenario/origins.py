"""Where the value of a quantity or setting is from, in words: option, file, preset, chip, posterior, lever or default row."""

from typing import Literal, NamedTuple

from simulator.scenario import library
from simulator.scenario.posteriors import is_posterior

OriginKind = Literal["option", "file", "preset", "chip", "posterior", "lever", "default", "formula"]
"""`option` is what is set on top of the files, `default` a row that holds where nothing is given."""

_PRESETS, _LEVERS = f"{library.LIBRARY_LABEL}/scenarios/", f"{library.LIBRARY_LABEL}/levers/"
_OF_CHIP = ("chip ", "channel ")


class Origin(NamedTuple):
    """The kind of an origin, and its text for a reader."""

    kind: OriginKind
    text: str


def origin_of(place: str, specification: str = "") -> Origin:
    """Return the origin of a value from its place, such as `ours.yaml:3:1`, and its specification.

    Examples
    --------
    >>> origin_of("--set mfu").text
    '--set'
    >>> origin_of("ours.yaml:3:1").text
    'ours.yaml:3'

    """
    if place.startswith("--"):
        return Origin("option", place.partition(" ")[0])
    if place.startswith(_OF_CHIP):
        return Origin("chip", place)
    if place.startswith(_LEVERS):
        return Origin("lever", f"lever {_name(place, _LEVERS)}")
    if place.startswith(_PRESETS):
        preset = f"preset {_name(place, _PRESETS)}"
        return Origin("posterior", f"{specification}, {preset}") if is_posterior(specification) else Origin("preset", preset)
    if place.startswith(library.LIBRARY_LABEL) or not place:
        return Origin("default", "default row" if place else "by construction")
    file = _without_column(place)
    return Origin("posterior", f"{specification}, {file}") if is_posterior(specification) else Origin("file", file)


def _name(place: str, folder: str) -> str:
    return place.removeprefix(folder).partition(".yaml")[0]


def _without_column(place: str) -> str:
    """Return a file with its line, without the column."""
    file, _, column = place.rpartition(":")
    has_both = column.isdigit() and file.rpartition(":")[2].isdigit()
    return file if has_both else place
