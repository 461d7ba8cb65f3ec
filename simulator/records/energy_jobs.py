"""Runs of an energy log, and the jobs that they belong to: ranks of one job measure one thing."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

OVERLAP = 0.5
"""Share of the shorter of two runs that lies within the other, from which they are taken for one job."""


@dataclass(frozen=True, slots=True)
class LoggedRun:
    """A run of a log: energies in kWh without PUE, and what tells its machine and its time."""

    line: int
    hours: float
    energy: float  # kWh at the plugs, without PUE
    gpu_energy: float | None
    chips: float | None
    chip: str
    intensity: float | None  # kgCO2e/kWh
    pue: float | None
    time: datetime | None
    machine: tuple[str, ...] = ()  # what rows of one machine have in common
    gpu_use: float | None = None  # mean share of the time in which the GPUs were busy, as the driver reports it

    @property
    def start(self) -> datetime | None:
        """The beginning of the run; None where its end is not recorded."""
        return None if self.time is None else self.time - timedelta(hours=self.hours)


def merge_jobs(runs: list[LoggedRun]) -> list[list[LoggedRun]]:
    """Return the runs by job: runs of like machines that overlap in time are of one job, and measure one thing.

    Where they are on different machines they still share their work, so that together they tell as much as one run.
    """
    jobs: list[list[LoggedRun]] = []
    by_machine: dict[tuple[str, ...], list[LoggedRun]] = {}
    for run in runs:
        if run.time is None or not any(run.machine):
            jobs.append([run])
        else:
            by_machine.setdefault((*run.machine, run.chip), []).append(run)
    for alike in by_machine.values():
        current: list[list[LoggedRun]] = []  # jobs that have not ended before the run
        for run in sorted(alike, key=lambda each: each.start or datetime.min):
            current = [job for job in current if any(_overlaps(other, run) for other in job)]
            job = next((job for job in current if any(_is_of_one_job(run, other) for other in job)), None)
            if job is None:
                job = []
                jobs.append(job)
                current.append(job)
            job.append(run)
    return sorted(jobs, key=lambda job: min(run.line for run in job))


def _overlaps(run: LoggedRun, later: LoggedRun) -> bool:
    """Whether a run has not ended when a later one begins."""
    return run.time is not None and later.start is not None and run.time > later.start


def _is_of_one_job(run: LoggedRun, other: LoggedRun) -> bool:
    """Whether two runs lie within each other for a large share of the shorter."""
    if run.start is None or run.time is None or other.start is None or other.time is None:
        return False
    common = (min(run.time, other.time) - max(run.start, other.start)).total_seconds() / 3600
    return common >= OVERLAP * min(run.hours, other.hours)


def mean_run(job: list[LoggedRun]) -> LoggedRun:
    """Return one run with the mean energy and duration of those of a job."""
    if len(job) == 1:
        return job[0]
    count = len(job)
    gpu_energies = [run.gpu_energy for run in job if run.gpu_energy is not None]
    uses = [run.gpu_use for run in job if run.gpu_use is not None]
    return replace(
        job[0],
        hours=sum(run.hours for run in job) / count,
        energy=sum(run.energy for run in job) / count,
        gpu_energy=sum(gpu_energies) / len(gpu_energies) if gpu_energies else None,
        time=max(run.time for run in job if run.time),
        gpu_use=sum(uses) / len(uses) if uses else None,
    )
