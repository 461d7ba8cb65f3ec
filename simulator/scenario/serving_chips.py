"""Chips for serving: bandwidths, links and low-precision peaks, beside what `chips.yaml` has of each chip."""

from collections.abc import Mapping
from functools import cache
from typing import Annotated

from pydantic import BeforeValidator, Field

from simulator.core.suggestions import InvalidValueError, similar_name_remedies
from simulator.model.serving.chip import ServingChip
from simulator.scenario import library
from simulator.scenario.chips import find_chip
from simulator.scenario.schema import Grade, Line, Number, Sources, Strict
from simulator.scenario.text import Node
from simulator.scenario.values import number

BYTES, FLOP, OPERATIONS, MEMORY = "byte/second/chip", "FLOP/second/chip", "OP/second/chip", "GB/chip"
_BYTES_PER_GB = 1e9
FP4_BITS, FP8_BITS = 4.5, 8.5
"""Bits of a weight, scales inside, up to which a chip may use its peak at 4 and at 8 bits."""


def _in(unit: str) -> BeforeValidator:
    """Return a validator of a number with its unit, which must be this one."""

    def value(text: object) -> float:
        digits, _, found = str(text).partition(" ")
        if found != unit:
            raise ValueError(f"must be in {unit}")
        return number(digits)

    return BeforeValidator(value)


Positive = Field(gt=0)


class ServingChipRow(Strict):
    """A row of `serving_chips.yaml`; its head describes the keys."""

    sources: Annotated[Sources, Field(min_length=1)]
    grade: Grade
    note: Line = ""
    memory_bandwidth: Annotated[float, _in(BYTES), Positive]
    peak_op_int8: Annotated[float, _in(OPERATIONS), Positive] | None = None
    peak_flop_fp4: Annotated[float, _in(FLOP), Positive] | None = None
    link_bandwidth: Annotated[float, _in(BYTES), Positive] | None = None
    link_chips: Annotated[Number, Field(ge=1)] | None = None
    network_bandwidth: Annotated[float, _in(BYTES), Positive] | None = None


@cache
def rows() -> Mapping[str, ServingChipRow]:
    """Return the rows of the library by the name of the chip."""
    return {name: ServingChipRow.model_validate(node.plain()) for name, node in library.serving_chips().items()}


@cache
def serving_chip(name: str) -> ServingChip:
    """Return what serving needs of a chip.

    Parameters
    ----------
    name : str
        Name of a chip of the library or an alias, such as nvidia-h100-sxm or H100.

    Raises
    ------
    InvalidValueError
        If the library has no such chip.

    """
    found = name if name in rows() else find_chip(name)
    if found not in rows():
        raise InvalidValueError(
            f"the library has no chip {name[:200]!r} for serving", *similar_name_remedies(name[:200], rows())
        )
    row, chip = rows()[found], library.chips()[found]
    memory, bf16 = _fact(chip, "memory", MEMORY), _fact(chip, "peak_flop_bf16", FLOP)
    assert memory is not None
    assert bf16 is not None
    return ServingChip(
        name=found,
        memory=memory * _BYTES_PER_GB,
        memory_bandwidth=row.memory_bandwidth,
        peak_flop_bf16=bf16,
        peak_flop_fp8=_fact(chip, "peak_flop_fp8", FLOP),
        peak_op_int8=row.peak_op_int8,
        peak_flop_fp4=row.peak_flop_fp4,
        link_bandwidth=row.link_bandwidth,
        link_chips=row.link_chips,
        network_bandwidth=row.network_bandwidth,
        sources=tuple(f"{source.title}, {source.place}" if source.place else source.title for source in row.sources),
        grade=row.grade,
        note=row.note,
    )


def peak_flop(chip: ServingChip, weight_bits: float) -> float:
    """Return the peak at which a chip computes with weights of so many bits.

    Weights at fewer bits than the chip computes with are expanded to 16 bits, so that 4-bit weights on a chip without FP4
    compute at the peak of 16 bits.
    """
    if weight_bits <= FP4_BITS and chip.peak_flop_fp4 is not None:
        return chip.peak_flop_fp4
    if FP4_BITS < weight_bits <= FP8_BITS and chip.peak_flop_fp8 is not None:
        return chip.peak_flop_fp8
    return chip.peak_flop_bf16


def _fact(chip: Node, key: str, unit: str) -> float | None:
    """Return a fact of `chips.yaml` in a unit, the middle of a range; None if the chip has no such key."""
    node = (chip.keys or {}).get(key)
    if node is None:
        return None
    *bounds, found = str((node if node.keys is None else node.child("value")).text).replace(" to ", " ").split()
    assert found == unit, f"{key}: {found}"
    return sum(number(bound) for bound in bounds) / len(bounds)
