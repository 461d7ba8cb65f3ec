"""The `emissions.csv` of codecarbon -> mean power a chip, grid intensity, and PUE as it was recorded.

Columns go by name: older files have fewer. A run is a `run_id`; where the tool wrote it several times, the longest row is the
whole run. From version 2.2.3 on codecarbon multiplies every energy by the PUE that it is told (codecarbon, pull request 398,
2023), so energies are divided by it here: the model applies a PUE of its own, once.
"""

import re
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from math import log
from pathlib import Path

from simulator.core.units import Unit
from simulator.records import (
    Found,
    Prior,
    chip_wanted,
    chosen_chip,
    doubtful,
    limits,
    observed,
    positive,
    predictive,
    quantiles_of,
    spread_of,
    typical,
)
from simulator.records.table import Records, Row, Skip, Wrong, counted, shortened
from simulator.scenario.chips import chip_named

PUE_SINCE = (2, 2, 3)
POWER = Unit("kW/chip")
GRID = Unit("gCO2e/kWh")
_SHORTEST = 60.0  # seconds; the tool measures every 15, so less says little of a mean
_EARLIER = "an earlier state of the same run"
_HOT = 1.5  # times the rated power: more than a chip can draw


@dataclass(frozen=True, slots=True)
class _Run:
    line: int
    hours: float
    energy: float  # kWh at the plugs, without PUE
    gpu_energy: float | None
    chips: float | None
    chip: str
    intensity: float | None  # kgCO2e/kWh
    pue: float | None
    time: datetime | None


class _Reader:
    def __init__(self, records: Records) -> None:
        self.records = records
        self.runs: dict[str, _Run] = {}
        self.duration, self.energy = records.need("duration"), records.need("energy_consumed")
        self.emissions = records.find("emissions")
        self.gpu_energy, self.count = records.find("gpu_energy"), records.find("gpu_count")
        self.model, self.pue = records.find("gpu_model"), records.find("pue")
        self.version, self.run = records.find("codecarbon_version"), records.find("run_id")
        self.time = records.find("timestamp")
        records.check()

    def use(self, row: Row) -> str:
        duration, energy, emissions, gpu_energy, count, pue = row.numbers(
            self.duration, self.energy, self.emissions, self.gpu_energy, self.count, self.pue
        )
        if duration is None or energy is None:
            raise Skip("no duration or no energy")
        if duration <= 0:
            raise Wrong((self.duration, f"{shortened(row.text(self.duration))} must be above zero: seconds"))
        for column, value in (
            (self.energy, energy),
            (self.emissions, emissions),
            (self.gpu_energy, gpu_energy),
            (self.count, count),
        ):
            if column is not None and value is not None and value < 0:
                raise Wrong((column, f"{shortened(row.text(column))} must not be below zero"))
        if energy == 0:
            raise Skip("energy of zero")
        if duration < _SHORTEST:
            raise Skip("shorter than a minute")
        factor = self._factor(row, pue)
        run = _Run(
            line=row.line,
            hours=duration / 3600,
            energy=energy / factor,
            gpu_energy=None if gpu_energy is None else gpu_energy / factor,
            chips=count or None,
            chip=chip_named(row.text(self.model)),
            intensity=emissions / energy if emissions else None,
            pue=factor if factor != 1 else None,
            time=row.past(self.time) if row.text(self.time) and self.time else None,
        )
        name = row.text(self.run) or f"line {row.line}"
        before = self.runs.get(name)
        if before is not None:
            if run.hours < before.hours:
                raise Skip(_EARLIER)
            self.records.drop(_EARLIER, 1)
        self.runs[name] = run
        return run.chip

    def _factor(self, row: Row, pue: float | None) -> float:
        """Return by what the energies of a row are multiplied."""
        if pue is None or pue == 1:
            return 1.0
        assert self.pue is not None
        word = row.text(self.version)
        version = re.match(r"v?([0-9]+)\.([0-9]+)(?:\.([0-9]+))?", word)
        if pue < 1:
            raise Wrong((self.pue, f"{shortened(row.text(self.pue))} must be 1 or more"))
        if version is None or tuple(int(part or 0) for part in version.groups()) < PUE_SINCE:
            known = f"codecarbon_version {shortened(word)}" if word else "without a codecarbon_version"
            since = ".".join(map(str, PUE_SINCE))
            raise Wrong((self.pue, f"a PUE of {pue:g} {known}: only from {since} on is it known to be in the energy"))
        return pue


def read(path: Path, chip: str | None = None) -> Found:
    """Return average_power (where the chips are counted), grid_intensity and pue of the runs of a file; raise
    `InvalidInputError`.

    The power is that of GPU, CPU and memory as codecarbon has them, over the chips: what the model calls a chip with its share
    of the server. Fans, network cards and the losses of power supplies are not in it.
    """
    wanted = chip_wanted(chip)
    with Records(path) as records:
        reader = _Reader(records)
        records.each(reader.use)
        if not reader.runs:
            records.nothing_left("run")
        return _found(reader, records, wanted)


def _found(reader: _Reader, records: Records, wanted: str) -> Found:
    runs = list(reader.runs.values())
    date = max((run.time.date().isoformat() for run in runs if run.time), default="")
    notes: list[str] = []
    priors = [prior for prior in (_power(reader, records, wanted, notes), _intensity(runs), _pue(runs)) if prior is not None]
    notes += _reweightings(runs)
    recorded = {run.pue for run in runs if run.pue}
    if recorded:
        said = ", ".join(f"{pue:g}" for pue in sorted(recorded))
        notes.append(f"energies were multiplied by a PUE of {said}, which is taken out again; it stands under `pue`")
    else:
        notes.append("no PUE was recorded (1 is what the tool has when nobody says): the scenario's own applies")
    if not priors:
        records.refuse(f"gives no prior: {'; '.join([*notes, records.left_out()])}")
    notes = [note for note in (f"{counted(len(runs), 'run')} used", records.left_out(), *records.notes, *notes) if note]
    dated = tuple(Prior(p.quantity, p.distribution, p.unit, p.about, date, p.grade) for p in priors)
    return Found(dated, records.path.name, records.place(), date, tuple(notes))


def _reweightings(runs: list[_Run]) -> list[str]:
    """Return warnings of what a log can hardly mean: its energies, emissions and PUE in other units, or of other things."""
    pues = [(run.line, run.pue) for run in runs if run.pue]
    grids = [(run.line, 1000 * run.intensity) for run in runs if run.intensity]
    more = [run.line for run in runs if run.gpu_energy and run.gpu_energy > 1.001 * run.energy]
    notes = doubtful("pue", Unit("1"), pues, limits("pue", Unit("1")))
    notes += doubtful("grid_intensity", GRID, grids, limits("grid_intensity", GRID))
    if more:
        notes.append(f"look at this: gpu_energy is above energy_consumed, which holds it, in {counted(len(more), 'run')}, "
                     f"the first in line {more[0]}")  # fmt: skip
    return notes


def _power(reader: _Reader, records: Records, wanted: str, notes: list[str]) -> Prior | None:
    runs = [run for run in reader.runs.values() if run.chips and run.gpu_energy != 0]
    without = len(reader.runs) - len(runs)
    if without:
        notes.append(f"average_power: {counted(without, 'run')} without counted GPUs or without their energy left out")
    if not runs:
        notes.append("average_power is not known: it needs gpu_count" + (" (no such column)" if reader.count is None else ""))
        return None
    made = chosen_chip(records, Counter(run.chip for run in runs), wanted, reader.model)
    runs = [run for run in runs if run.chip == made]
    made = made or wanted
    powers = [run.energy / run.hours / (run.chips or 1) for run in runs]
    spread = spread_of("power_share", "gpu-training", Unit("1"), log)
    distribution = quantiles_of(predictive([log(power) for power in powers], spread), positive)
    of_gpus = [run.gpu_energy / run.hours / (run.chips or 1) for run in runs if run.gpu_energy]
    tdp = typical(made, "tdp", POWER)
    rated = (tdp, tdp) if tdp is not None else limits("tdp", POWER)
    cool = []
    for run, power in zip(runs, powers, strict=True):
        gpu = (run.gpu_energy or 0) / run.hours / (run.chips or 1)
        if tdp is None or gpu <= _HOT * tdp:
            cool.append((run.line, power))
        else:
            notes.append(
                f"look at this: {1000 * gpu:.0f} W for each GPU in line {run.line}, where {made} is rated at {1000 * tdp:.0f} W"
            )
    notes += doubtful("average_power", POWER, cool, limits("average_power", POWER, rated))
    alone = f", {1000 * sum(of_gpus) / len(of_gpus):,.0f} W of it the GPU's" if of_gpus else ""
    how = _spread_words(len(powers))
    about = (
        f"Own runs as codecarbon measured them{f', {made}' if made else ''}: {1000 * sum(powers) / len(powers):,.0f} W a chip "
        f"in the mean of {counted(len(powers), 'run')}{alone}; GPU, CPU and memory, without PUE, "
        f"fans, network and power supplies; {how}"
    )
    return Prior("average_power", distribution, "kW/chip", about, grade="A" if len(powers) > 1 else "B")


def _spread_words(count: int) -> str:
    return "spread: the next of these, Student t" if count > 1 else "one run has no spread: that of the library is put about it"


def _intensity(runs: list[_Run]) -> Prior | None:
    groups: dict[str, tuple[float, float]] = {}
    for run in runs:
        if run.intensity:
            energy, mass = groups.get(f"{run.intensity:.2e}", (0.0, 0.0))
            groups[f"{run.intensity:.2e}"] = energy + run.energy, mass + run.energy * run.intensity
    if not groups:
        return None
    distribution, said = observed((1000 * mass / energy, energy) for energy, mass in groups.values())
    about = f"Own runs: emissions over energy as codecarbon has them for their places; {said}, weighted by energy"
    return Prior("grid_intensity", distribution, "gCO2e/kWh", about)


def _pue(runs: list[_Run]) -> Prior | None:
    groups: dict[float, float] = {}
    for run in runs:
        if run.pue:
            groups[run.pue] = groups.get(run.pue, 0.0) + run.energy
    if not groups:
        return None
    distribution, said = observed(groups.items(), few=100)
    return Prior("pue", distribution, "1", f"PUE that codecarbon was told of; {said}, weighted by energy", grade="B")
