"""The `emissions.csv` of codecarbon -> mean power per chip, grid intensity, and the recorded PUE.

Columns are found by name; older files have fewer. A run is a `run_id`; of several rows with one `run_id` the longest is the
complete run. Since version 2.2.3 codecarbon multiplies every energy by the PUE in its settings (codecarbon, pull request 398,
2023), so energies are divided by it here: the model applies its own PUE, once.
"""

import re
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from math import log
from pathlib import Path

from simulator.core.results import Note
from simulator.core.units import Unit
from simulator.records import (
    PriorSet,
    RecordPrior,
    empirical_distribution,
    exp_rounded,
    library_median,
    library_scale,
    make_prior_set,
    plausible_limits,
    predictive_quantiles,
    quantile_distribution,
    resolve_chip,
    select_chip,
    warn_implausible,
)
from simulator.records.cells import CellError, Row, UnusableRowError, format_count, quote_cell
from simulator.records.table import Records
from simulator.scenario.chips import find_chip

PUE_SINCE = (2, 2, 3)
POWER = Unit("kW/chip")
GRID = Unit("gCO2e/kWh")
_MIN_SECONDS = 60.0  # the tool measures every 15 s, so the mean of a shorter run is imprecise
_EARLIER_STATE = "an earlier state of the same run"
_MAX_RATED_RATIO = 1.5  # times the rated power: more than a chip can draw


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
            raise UnusableRowError("no duration or no energy")
        if duration <= 0:
            raise CellError((self.duration, f"{quote_cell(row.text(self.duration))} must be above zero: seconds"))
        for column, value in (
            (self.energy, energy),
            (self.emissions, emissions),
            (self.gpu_energy, gpu_energy),
            (self.count, count),
        ):
            if column is not None and value is not None and value < 0:
                raise CellError((column, f"{quote_cell(row.text(column))} must not be below zero"))
        if energy == 0:
            raise UnusableRowError("energy of zero")
        if duration < _MIN_SECONDS:
            raise UnusableRowError("shorter than a minute")
        factor = self._factor(row, pue)
        run = _Run(
            line=row.line,
            hours=duration / 3600,
            energy=energy / factor,
            gpu_energy=None if gpu_energy is None else gpu_energy / factor,
            chips=count or None,
            chip=find_chip(row.text(self.model)),
            intensity=emissions / energy if emissions else None,
            pue=factor if factor != 1 else None,
            time=row.read_past_time(self.time) if row.text(self.time) and self.time else None,
        )
        name = row.text(self.run) or f"line {row.line}"
        earlier = self.runs.get(name)
        if earlier is not None:
            if run.hours < earlier.hours:
                raise UnusableRowError(_EARLIER_STATE)
            self.records.drop(_EARLIER_STATE, 1)
        self.runs[name] = run
        return run.chip

    def _factor(self, row: Row, pue: float | None) -> float:
        """Return the factor by which the energies of a row were multiplied."""
        if pue is None or pue == 1:
            return 1.0
        assert self.pue is not None
        word = row.text(self.version)
        version = re.match(r"v?([0-9]+)\.([0-9]+)(?:\.([0-9]+))?", word)
        if pue < 1:
            raise CellError((self.pue, f"{quote_cell(row.text(self.pue))} must be 1 or more"))
        if version is None or tuple(int(part or 0) for part in version.groups()) < PUE_SINCE:
            recorded = f"codecarbon_version {quote_cell(word)}" if word else "without a codecarbon_version"
            since = ".".join(map(str, PUE_SINCE))
            raise CellError((self.pue, f"a PUE of {pue:g} {recorded}: only since {since} is it certain to be in the energy"))
        return pue


def read(path: Path, chip: str | None = None) -> PriorSet:
    """Return average_power (if the number of chips is recorded), grid_intensity and pue of the runs of a file.

    The power is that of GPU, CPU and memory as measured by codecarbon, per chip: a chip with its share of the server. Fans,
    network cards and losses of power supplies are not included. Raise `InvalidInputError` with the issues of the file.
    """
    chip_option = resolve_chip(chip)
    with Records(path) as records:
        reader = _Reader(records)
        records.read_rows(reader.use)
        if not reader.runs:
            records.refuse_empty("run")
        return _build_prior_set(reader, records, chip_option)


def _build_prior_set(reader: _Reader, records: Records, chip_option: str) -> PriorSet:
    runs = list(reader.runs.values())
    date = max((run.time.date().isoformat() for run in runs if run.time), default="")
    notes: list[Note] = []
    candidates = _power(reader, records, chip_option, notes), _intensity(runs), _pue(runs)
    priors = [prior for prior in candidates if prior is not None]
    notes += _implausible_notes(runs)
    recorded_pues = {run.pue for run in runs if run.pue}
    if recorded_pues:
        pue_list = ", ".join(f"{pue:g}" for pue in sorted(recorded_pues))
        text = f"energies were multiplied by a PUE of {pue_list}; they are divided by it again, and it is given as `pue`"
    else:
        text = "no PUE was recorded (1 is the tool's default): the scenario's own applies"
    notes.append(Note("pue", "pue", text))
    if not priors:
        records.refuse(f"gives no prior: {'; '.join([*map(str, notes), records.describe_skipped()])}")
    usage_note = Note("rows-used", records.path.name, f"{format_count(len(runs), 'run')} used")
    dated_priors = tuple(RecordPrior(p.quantity, p.distribution, p.unit, p.about, date, p.grade) for p in priors)
    return make_prior_set(records, dated_priors, date, [usage_note, *records.reading_notes(), *notes])


def _implausible_notes(runs: list[_Run]) -> list[Note]:
    """Return notes on implausible energies, emissions and PUE, such as values in other units."""
    pues = [(run.line, run.pue) for run in runs if run.pue]
    grids = [(run.line, 1000 * run.intensity) for run in runs if run.intensity]
    inconsistent = [run.line for run in runs if run.gpu_energy and run.gpu_energy > 1.001 * run.energy]
    notes = warn_implausible("pue", Unit("1"), pues, plausible_limits("pue", Unit("1")))
    notes += warn_implausible("grid_intensity", GRID, grids, plausible_limits("grid_intensity", GRID))
    if inconsistent:
        count = format_count(len(inconsistent), "run")
        text = (
            f"look at this: gpu_energy is above energy_consumed, which includes it, in {count}, "
            f"the first in line {inconsistent[0]}"
        )
        notes.append(Note("inconsistent-energy", "gpu_energy", text))
    return notes


def _power(reader: _Reader, records: Records, chip_option: str, notes: list[Note]) -> RecordPrior | None:
    """Return the prior of the power per chip, or None; what is suspicious or missing goes to `notes`."""
    runs = _runs_with_power(reader, notes)
    if not runs:
        return None
    chip = select_chip(records, Counter(run.chip for run in runs), chip_option, reader.model)
    runs = [run for run in runs if run.chip == chip]
    chip = chip or chip_option
    powers = [_per_chip(run, run.energy) for run in runs]
    library_sd = library_scale("power_share", "gpu-training", Unit("1"), log)
    distribution = quantile_distribution(predictive_quantiles([log(power) for power in powers], library_sd), exp_rounded)
    notes += _power_notes(runs, powers, chip)
    gpu_powers = [_per_chip(run, run.gpu_energy) for run in runs if run.gpu_energy]
    gpu_text = f", of which GPU {1000 * sum(gpu_powers) / len(gpu_powers):,.0f} W" if gpu_powers else ""
    about = (
        f"Own runs as measured by codecarbon{f', {chip}' if chip else ''}: {1000 * sum(powers) / len(powers):,.0f} W per chip, "
        f"mean of {format_count(len(powers), 'run')}{gpu_text}; GPU, CPU and memory, without PUE, "
        f"fans, network and power supplies; {_describe_dispersion(len(powers))}"
    )
    return RecordPrior("average_power", distribution, "kW/chip", about, grade="A" if len(powers) > 1 else "B")


def _runs_with_power(reader: _Reader, notes: list[Note]) -> list[_Run]:
    """Return the runs whose power per chip is known, with notes on the others."""
    runs = [run for run in reader.runs.values() if run.chips and run.gpu_energy != 0]
    excluded = len(reader.runs) - len(runs)
    if excluded:
        text = f"average_power: {format_count(excluded, 'run')} without a number of GPUs or their energy left out"
        notes.append(Note("runs-without-power", "average_power", text))
    if not runs:
        missing_text = " (no such column)" if reader.count is None else ""
        text = f"average_power is not available: it needs gpu_count{missing_text}"
        notes.append(Note("no-power", "average_power", text))
    return runs


def _per_chip(run: _Run, energy: float | None) -> float:
    """Return the mean power per chip in kW for an energy of a run in kWh."""
    return (energy or 0) / run.hours / (run.chips or 1)


def _power_notes(runs: list[_Run], powers: list[float], chip: str) -> list[Note]:
    """Return notes on GPUs above their rated power, and on implausible powers of the others."""
    tdp = library_median(chip, "tdp", POWER)
    rated = (tdp, tdp) if tdp is not None else plausible_limits("tdp", POWER)
    notes, other_powers = [], []
    for run, power in zip(runs, powers, strict=True):
        gpu_power = _per_chip(run, run.gpu_energy)
        if tdp is None or gpu_power <= _MAX_RATED_RATIO * tdp:
            other_powers.append((run.line, power))
        else:
            watts, rated_watts = f"{1000 * gpu_power:.0f} W", f"{1000 * tdp:.0f} W"
            text = f"look at this: {watts} for each GPU in line {run.line}, where {chip} is rated at {rated_watts}"
            notes.append(Note("above-rated-power", "average_power", text))
    limits = plausible_limits("average_power", POWER, rated)
    return notes + warn_implausible("average_power", POWER, other_powers, limits)


def _describe_dispersion(count: int) -> str:
    return "Student t for the next run" if count > 1 else "one run only: the library's dispersion is used about it"


def _intensity(runs: list[_Run]) -> RecordPrior | None:
    groups: dict[str, tuple[float, float]] = {}
    for run in runs:
        if run.intensity:
            energy, mass = groups.get(f"{run.intensity:.2e}", (0.0, 0.0))
            groups[f"{run.intensity:.2e}"] = energy + run.energy, mass + run.energy * run.intensity
    if not groups:
        return None
    distribution, description = empirical_distribution((1000 * mass / energy, energy) for energy, mass in groups.values())
    about = f"Own runs: emissions over energy as computed by codecarbon for their locations; {description}, weighted by energy"
    return RecordPrior("grid_intensity", distribution, "gCO2e/kWh", about)


def _pue(runs: list[_Run]) -> RecordPrior | None:
    groups: dict[float, float] = {}
    for run in runs:
        if run.pue:
            groups[run.pue] = groups.get(run.pue, 0.0) + run.energy
    if not groups:
        return None
    distribution, description = empirical_distribution(groups.items(), min_fit_values=100)
    return RecordPrior(
        "pue", distribution, "1", f"PUE in the settings of codecarbon; {description}, weighted by energy", grade="B"
    )
