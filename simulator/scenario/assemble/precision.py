"""Precision: the measured speed-up of FP8 where the utilisation is of BF16 work, and the peak of which it is a share."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from simulator.core.errors import Place
from simulator.core.results import Note
from simulator.core.suggestions import Remedy
from simulator.core.units import Unit
from simulator.scenario import library
from simulator.scenario.assemble.context import Context
from simulator.scenario.assemble.inputs import MIXTURE_RATIO
from simulator.scenario.assemble.settings import SettingSelection
from simulator.scenario.assemble.specification import Specification
from simulator.scenario.assemble.specifications import Specifications
from simulator.scenario.assemble.utilisation import held_precision, in_force, peak_of
from simulator.scenario.entries import LIBRARY, describe
from simulator.scenario.posteriors import is_posterior
from simulator.scenario.validated_rows import named_entry

SPEEDUP, FP8_SPEEDUP, FP8_PEAK = "precision_speedup", "fp8_speedup", "peak_flop_fp8"
_HELD, _DENSE, _MIXTURE = "held", "dense-2026", "mixture-2026"
"""Rows of the library: of the speed-up over a utilisation that holds its precision, and of FP8 by the kind of model."""
_LEVERS = f"{library.LIBRARY_LABEL}/levers/"


def resolve_basis(
    context: Context, selection: SettingSelection, merged: Specifications
) -> tuple[SettingSelection, Specifications]:
    """Return the selection with the peak of the utilisation in force, and specifications with the speed-up of the precision.

    The speed-up is that of a measured row where the utilisation is of BF16 work, and one where it holds its precision already.
    """
    specifications, invalid_keys = dict(merged.by_name), merged.invalid_keys
    peak = _peak(context, specifications)
    precision = selection.choices.get("precision")
    if precision == "fp8":
        if not _has_fp8(context, specifications):
            invalid_keys |= {FP8_PEAK}
        held = held_precision(specifications)
        if held and SPEEDUP not in specifications:
            _refuse_speedup(context, specifications, held)
            _report_held(context, held)
            specifications[SPEEDUP] = _of_library(context, _HELD)
        elif FP8_SPEEDUP not in specifications:
            specifications[FP8_SPEEDUP] = _of_library(context, _MIXTURE if is_mixture(specifications) else _DENSE)
    elif precision is None and SPEEDUP not in specifications:
        specifications[SPEEDUP] = _of_library(context, _HELD)
    return replace(selection, choices={**selection.choices, "peak": peak}), Specifications(specifications, invalid_keys)


def _peak(context: Context, by_name: Mapping[str, Specification]) -> str:
    """Return the peak of which the utilisation in force is a share; report two different statements of it."""
    name, setting = in_force(by_name), context.last("peak")
    row_peak = peak_of(name, by_name[name].entry) if name else ""
    if name and row_peak and setting and row_peak != setting:
        place = context.place("peak") if by_name[name].is_of_library else by_name[name].place
        remedies = [Remedy(f"; choose `peak: {row_peak}`", settings=(("peak", row_peak),))]
        message = f"{setting} is not the peak of {name} ({describe(by_name[name].entry)}), a share of the {row_peak} peak"
        context.issues.add(place, "peak", message, lambda: remedies)
    return row_peak or setting or "bf16"


def _has_fp8(context: Context, by_name: Mapping[str, Specification]) -> bool:
    """Whether the chip computes in FP8; report one that does not."""
    chip = context.last("chip")
    if chip not in library.chips() or FP8_PEAK in by_name:
        return True
    message = f"the library has no {FP8_PEAK} of {chip}, needed for precision fp8; give {FP8_PEAK} (in FLOP/chip/hour)"
    remedies = [Remedy("; or choose `precision: bf16`", settings=(("precision", "bf16"),))]
    context.issues.add(context.place("chip"), "chip", message, lambda: remedies, missing=FP8_PEAK)
    return False


def _refuse_speedup(context: Context, by_name: Mapping[str, Specification], held: str) -> None:
    """Refuse a speed-up of the scenario that a utilisation holds already."""
    speedup = by_name.get(FP8_SPEEDUP)
    if speedup is not None and not speedup.is_of_library:
        remedies = partial(_remove, speedup.place)
        context.issues.add(speedup.place, FP8_SPEEDUP, f"has no effect here: {held}", remedies, unused=True)


def _report_held(context: Context, held: str) -> None:
    """Note that the precision changes no hours; refuse a lever that selects it."""
    file = context.place("precision").file
    if file.startswith(_LEVERS):
        lever = file.removeprefix(_LEVERS).removesuffix(".yaml")
        context.issues.add(context.place("levers"), f"lever {lever}", f"selects `precision: fp8`, but {held}", unused=True)
    else:
        context.issues.notes.append(Note("precision-held", "precision", f"precision fp8 changes no hours: {held}"))


def _remove(place: Place) -> list[Remedy]:
    return [Remedy(" (remove it)", remove=place)]


def _of_library(context: Context, row: str) -> Specification:
    place = Place(library.LIBRARY_LABEL)
    return Specification(named_entry(row), LIBRARY, place, False, f"precision {context.last('precision')}")


def is_mixture(by_name: Mapping[str, Specification]) -> bool:
    """Whether the model is a mixture of experts, by the medians of its parameters."""
    whole, share = (_median(by_name, name) for name in ("total_parameters", "active_share"))
    active = _median(by_name, "active_parameters") or (whole * share if whole and share else None)
    return bool(whole and active and whole > MIXTURE_RATIO * active)


def _median(by_name: Mapping[str, Specification], name: str) -> float | None:
    each = by_name.get(name)
    if each is None or is_posterior(each.entry.from_):
        return None
    unit = Unit("1") if name == "active_share" else Unit("parameter")
    try:
        return float(each.reader.distribution(name, each.entry, unit).middle)
    except ValueError:
        return None  # reported when it is read
