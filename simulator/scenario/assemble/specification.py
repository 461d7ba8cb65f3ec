"""The specification of one quantity by a layer, before its distribution is built."""

from dataclasses import dataclass

from simulator.core.errors import Place
from simulator.engine.inputs import Source
from simulator.scenario import library
from simulator.scenario.entries import Reader
from simulator.scenario.schema import Entry

OF_CHIP = "chip "
"""Beginning of the origin of a fact of a chip."""


@dataclass(frozen=True, slots=True)
class Specification:
    """Specification of a quantity by a layer; `own` is true in the scenario itself and on the command line."""

    entry: Entry
    reader: Reader
    place: Place
    own: bool
    origin: str
    sources: tuple[Source, ...] = ()
    row_of: str = ""
    """Quantity under which its row or posterior is found, where it is not its own."""

    @property
    def is_of_library(self) -> bool:
        """Whether it is in a file of the library."""
        return self.place.file.startswith(library.LIBRARY_LABEL)

    @property
    def is_of_chip(self) -> bool:
        """Whether it is a fact of the chip of the library."""
        return self.origin.startswith(OF_CHIP)
