"""The `emissions.csv` of codecarbon -> mean power per chip, grid intensity, and the recorded PUE.

Columns are found by name; older files have fewer. A run is a `run_id` (`experiment_id` in version 1, which has no `run_id`); of
several rows with one of them the longest is the complete run. Ranks of one job that each log the machine count as one run.
Since version 2.2.3 codecarbon multiplies every energy by the PUE in its settings (codecarbon, pull request 398, 2023), so
energies are divided by it here: the model applies its own PUE, once.
"""

import re
from collections import Counter
from dataclasses import replace
from math import log
from pathlib import Path

from simulator.core.results import Note
from simulator.core.units import Unit
from simulator.records import (
    PriorSet,
    RecordPrior,
    empirical_distribution,
    exp_rounded,
    is_library_chip,
    join_counts,
    library_median,
    library_scale,
    make_prior_set,
    note_unknown_chips,
    plausible_limits,
    predictive_quantiles,
    quantile_distribution,
    resolve_chip_of_file,
    select_chip,
    warn_implausible,
)
from simulator.records.cells import CellError, Row, UnusableRowError, format_count, quote_cell
from simulator.records.energy_jobs import LoggedRun, mean_run, merge_jobs
from simulator.records.table import Records
from simulator.scenario.chips import find_chip

PUE_SINCE = (2, 2, 3)
POWER = Unit("kW/chip")
GRID = Unit("gCO2e/kWh")
_MIN_SECONDS = 60.0  # the tool measures every 15 s, so the mean of a shorter run is imprecise
_MACHINE = ("project_name", "experiment_id", "gpu_model", "gpu_count", "cpu_model", "cpu_count", "ram_total_size", "os",
            "cloud_region", "tracking_mode")  # fmt: skip
"""Columns that agree in all rows of one machine and one job."""
_IDLE_USE = 0.5
"""Share of busy time of the GPUs below which a power is that of GPUs that often wait."""
_EARLIER_STATE = "an earlier state of the same run"
_MAX_RATED_RATIO = 1.5  # times the rated power: more than a chip can draw


class _Reader:
    def __init__(self, records: Records) -> None:
        self.records = records
        self.runs: dict[str, LoggedRun] = {}
        self.duration, self.energy = records.need("duration"), records.need("energy_consumed")
        self.emissions = records.find("emissions")
        self.gpu_energy, self.count = records.find("gpu_energy"), records.find("gpu_count")
        self.model, self.pue = records.find("gpu_model"), records.find("pue")
        self.version, self.run = records.find("codecarbon_version"), records.find("run_id")
        if self.run is None:
            self.run = records.find("experiment_id")
        self.gpu_use = records.find("gpu_utilization_percent")
        self.machine = [column for name in _MACHINE if (column := records.find(name)) is not None]
        self.time = records.find("timestamp")
        records.check()

    def use(self, row: Row) -> str:
        duration, energy, emissions, gpu_energy, count, pue, gpu_use = row.numbers(
            self.duration, self.energy, self.emissions, self.gpu_energy, self.count, self.pue, self.gpu_use
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
            (self.gpu_use, gpu_use),
        ):
            if column is not None and value is not None and value < 0:
                raise CellError((column, f"{quote_cell(row.text(column))} must not be below zero"))
        if energy == 0:
            raise UnusableRowError("energy of zero")
        if duration < _MIN_SECONDS:
            raise UnusableRowError("shorter than a minute")
        factor = self._factor(row, pue)
        run = LoggedRun(
            line=row.line,
            hours=duration / 3600,
            energy=energy / factor,
            gpu_energy=None if gpu_energy is None else gpu_energy / factor,
            chips=count or None,
            chip=chip_name(row.text(self.model)),
            intensity=emissions / energy if emissions else None,
            pue=factor if factor != 1 else None,
            time=row.read_past_time(self.time) if row.text(self.time) and self.time else None,
            machine=tuple(row.text(column) for column in self.machine),
            gpu_use=gpu_use / 100 if gpu_use and count else None,
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


def chip_name(model: str) -> str:
    """Return the chip of the library that a GPU model names, or the model itself without its number; empty for none."""
    return find_chip(model) or " ".join(re.sub(r"^[0-9]+ ?x ", "", model).split())


def read(path: Path, chip: str | None = None) -> PriorSet:
    """Return average_power (if the number of chips is recorded), grid_intensity and pue of the runs of a file.

    The power is that of GPU, CPU and memory as measured by codecarbon, per chip: a chip with its share of the server. Fans,
    network cards and losses of power supplies are not included. Raise `InvalidInputError` with the issues of the file.
    """
    with Records(path) as records:
        reader = _Reader(records)
        records.read_rows(reader.use)
        if not reader.runs:
            records.refuse_empty("run")
        chip_option = resolve_chip_of_file(chip, {run.chip for run in reader.runs.values()})
        return _build_prior_set(reader, records, chip_option)


def _build_prior_set(reader: _Reader, records: Records, chip_option: str) -> PriorSet:
    jobs = merge_jobs(list(reader.runs.values()))
    runs = [mean_run(job) for job in jobs]
    date = max((run.time.date().isoformat() for run in runs if run.time), default="")
    notes = _job_notes(jobs)
    candidates = _power(runs, reader, records, chip_option, notes), _intensity(runs), _pue(runs)
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
    dated_priors = tuple(replace(prior, date=date) for prior in priors)
    return make_prior_set(records, dated_priors, date, [usage_note, *records.reading_notes(), *notes])


def _job_notes(jobs: list[list[LoggedRun]]) -> list[Note]:
    """Return a note on runs that count as one, or none."""
    merged = [job for job in jobs if len(job) > 1]
    if not merged:
        return []
    rows = format_count(sum(map(len, merged)), "row")
    text = f"{rows} of like machines at overlapping times count as {format_count(len(merged), 'run')}: ranks of one job"
    return [Note("ranks-of-a-job", "average_power", text)]


def _implausible_notes(runs: list[LoggedRun]) -> list[Note]:
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


def _power(runs: list[LoggedRun], reader: _Reader, records: Records, chip_option: str, notes: list[Note]) -> RecordPrior | None:
    """Return the prior of the power per chip, or None; what is suspicious or missing goes to `notes`."""
    runs = _runs_with_power(runs, reader, notes)
    chip_runs = Counter(run.chip for run in runs)
    notes += note_unknown_chips(chip_runs, "average_power")
    if not runs or _is_mixture(chip_runs, chip_option, notes):
        return None
    chip = select_chip(records, chip_runs, _default_chip(chip_runs, chip_option), reader.model)
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
        f"mean of {format_count(len(powers), 'run')}{gpu_text}{_use_text(runs, notes)}; GPU, CPU and memory, without PUE, "
        f"fans, network and power supplies; {_describe_dispersion(len(powers))}"
    )
    return RecordPrior("average_power", distribution, "kW/chip", about, grade="A" if len(powers) > 1 else "B")


def _default_chip(chip_runs: Counter[str], chip_option: str) -> str:
    """Return the chip of the option, or the only one of the library beside others that it does not know."""
    known = [name for name in chip_runs if name and is_library_chip(name)]
    return chip_option or (known[0] if len(known) == 1 else "")


def _is_mixture(chip_runs: Counter[str], chip_option: str, notes: list[Note]) -> bool:
    """Whether runs are on several chips of which the library knows none, so that they have no common power; note that."""
    names = [name for name in chip_runs if name]
    if chip_option or len(names) < 2 or any(map(is_library_chip, names)):
        return False
    text = f"average_power is not available: runs are on {join_counts(chip_runs)}; choose one with --chip"
    notes.append(Note("several-chips", "average_power", text))
    return True


def _use_text(runs: list[LoggedRun], notes: list[Note]) -> str:
    """Return how busy the GPUs were, where that is logged; note GPUs that often wait."""
    uses = [run.gpu_use for run in runs if run.gpu_use]
    if not uses:
        return ""
    use = sum(uses) / len(uses)
    if use < _IDLE_USE:
        text = f"look at this: GPUs were busy for {use:.0%} of the time: the power is that of GPUs that often wait"
        notes.append(Note("idle-gpus", "average_power", text))
    return f", GPUs busy {use:.0%} of the time (which is no MFU)"


def _runs_with_power(all_runs: list[LoggedRun], reader: _Reader, notes: list[Note]) -> list[LoggedRun]:
    """Return the runs whose power per chip is known, with notes on the others."""
    runs = [run for run in all_runs if run.chips and run.gpu_energy != 0]
    excluded = len(all_runs) - len(runs)
    if excluded:
        text = f"average_power: {format_count(excluded, 'run')} without a number of GPUs or their energy left out"
        notes.append(Note("runs-without-power", "average_power", text))
    if not runs:
        missing_text = " (no such column)" if reader.count is None else ""
        text = f"average_power is not available: it needs gpu_count{missing_text}"
        notes.append(Note("no-power", "average_power", text))
    return runs


def _per_chip(run: LoggedRun, energy: float | None) -> float:
    """Return the mean power per chip in kW for an energy of a run in kWh."""
    return (energy or 0) / run.hours / (run.chips or 1)


def _power_notes(runs: list[LoggedRun], powers: list[float], chip: str) -> list[Note]:
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


def _intensity(runs: list[LoggedRun]) -> RecordPrior | None:
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


def _pue(runs: list[LoggedRun]) -> RecordPrior | None:
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
