"""The observations of each model: the library's, and those of a user's table."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from simulator.core.errors import InvalidInputError, Issue, Place
from simulator.core.results import Note
from simulator.evidence.calibration import discrepancy, power, rental, utilisation
from simulator.evidence.calibration.design import Observation
from simulator.evidence.families import without_runs
from simulator.evidence.published_runs import PublishedRun, published_runs
from simulator.evidence.tables import measured_powers, rental_prices
from simulator.records.cells import format_count

Model = Literal["utilisation", "power", "discrepancy", "rental"]
MODELS: dict[str, str] = {
    "utilisation": "MFU and goodput of training runs, jointly",
    "power": "mean power of a chip and its share of the server over their rated power",
    "discrepancy": "disclosed chip-hours over those that follow from the reported MFU",
    "rental": "price of a chip-hour by chip, channel, seller and date",
}
"""The models, with what each is about."""
REQUIRED_COLUMNS = {
    "utilisation": "required are a chip of the library, params_active, tokens and gpu_hours, or chip and mfu_reported",
    "discrepancy": "required are a chip of the library, params_active, tokens, gpu_hours and mfu_reported",
    "power": "required are case, date, chip and system_watts_per_chip",
    "rental": "required are date, chip, channel, seller and price_usd",
}
_MAX_NAMES = 10


@dataclass(frozen=True)
class ModelObservations:
    """Observations for a model, with their origin.

    Attributes
    ----------
    observations : tuple of Observation
        All of them, the library's first.
    own_observations : tuple of Observation
        Those from the user's table.
    operator : str
        The operator of the user's table if there is only one, else empty.
    date : str
        Year and month of the newest observation.
    notes : tuple of Note

    """

    observations: tuple[Observation, ...]
    own_observations: tuple[Observation, ...]
    operator: str
    date: str
    notes: tuple[Note, ...]


def collect_observations(model: str, table: Path | None = None) -> ModelObservations:
    """Return the library's observations and those of a user's table of the same columns; raise `InvalidInputError`."""
    notes: list[Note] = []
    operator = ""
    if model in ("utilisation", "discrepancy"):
        library, own, operator = _run_observations(model, table, notes)
    elif model == "power":
        library = power.observations(measured_powers())
        own = power.observations(measured_powers(table, notes)) if table else []
    else:
        library = rental.observations(rental_prices())
        own = rental.observations(rental_prices(table, notes)) if table else []
    if table and not own:
        message = f"has no row with the columns for {model}: {REQUIRED_COLUMNS[model]}"
        raise InvalidInputError([Issue(Place(str(table)), "", message)])
    date = max(each.date for each in (*library, *own))
    day = f"{int(date)}-{min(int((date % 1) * 12) + 1, 12):02d}"
    return ModelObservations((*library, *own), tuple(own), operator, day, tuple(notes))


def _run_observations(model: str, table: Path | None, notes: list[Note]) -> tuple[list[Observation], list[Observation], str]:
    """Return observations of the library's runs and of the user's, and their operator; own runs replace the library's.

    Runs of one operator are one family: the same cluster, code and people.
    """
    observe = utilisation.observations if model == "utilisation" else discrepancy.observations
    library = published_runs().runs
    if table is None:
        return observe(library), [], ""
    own = published_runs(table)
    operators = {run.org for run in own.runs}
    operator = operators.pop() if len(operators) == 1 else ""
    own_runs = tuple(replace(run, family=operator) for run in own.runs) if operator else own.runs
    observations = observe(own_runs)
    notes += [*own.notes, *_unused_notes(model, own_runs, observations)]
    return observe(without_runs(library, own_runs)), observations, operator


def _unused_notes(model: str, runs: Sequence[PublishedRun], observations: Sequence[Observation]) -> list[Note]:
    """Return a note that names the user's runs without data for the model, and the required columns."""
    used_cases = {each.case for each in observations}
    cases = [run.case for run in runs if run.case not in used_cases]
    if not cases:
        return []
    case_list = ", ".join(cases[:_MAX_NAMES]) + (", ..." if len(cases) > _MAX_NAMES else "")
    text = f"{format_count(len(cases), 'own run')} not used: {case_list}; {REQUIRED_COLUMNS[model]}"
    return [Note("runs-not-used", model, text)]
