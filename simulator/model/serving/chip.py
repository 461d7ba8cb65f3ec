"""A chip, as far as serving depends on it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ServingChip:
    """Memory, speeds and links of a chip.

    Attributes
    ----------
    name : str
        Its name in the library.
    memory : float
        Memory, in bytes.
    memory_bandwidth : float
        Speed of its memory, in bytes per second.
    peak_flop_bf16 : float
        Dense peak at 16 bits, in FLOP per second.
    peak_flop_fp8 : float or None
        Dense peak of floating point at 8 bits, in FLOP per second; None if it has none.
    peak_op_int8 : float or None
        Dense peak of whole numbers at 8 bits, in operations per second; None if it has none or is not known.
    peak_flop_fp4 : float or None
        Dense peak of floating point at 4 bits, in FLOP per second; None if it has none or is not known.
    link_bandwidth : float or None
        Speed to the other chips of its server, rack or pod, in one direction, in bytes per second; None if not known.
    link_chips : float or None
        Chips that such links join; None if not known.
    network_bandwidth : float or None
        Speed between servers or racks, in one direction, in bytes per second; None if not known.
    sources : tuple of str
        Where the facts are from.
    grade : str
        Grade of the evidence, A to D.
    note : str
        What a reader should know.

    """

    name: str
    memory: float
    memory_bandwidth: float
    peak_flop_bf16: float
    peak_flop_fp8: float | None
    peak_op_int8: float | None
    peak_flop_fp4: float | None
    link_bandwidth: float | None
    link_chips: float | None
    network_bandwidth: float | None
    sources: tuple[str, ...] = ()
    grade: str = ""
    note: str = ""
