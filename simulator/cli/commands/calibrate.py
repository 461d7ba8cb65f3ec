"""`llmcost calibrate`: fit a posterior to evidence, for use in scenarios."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from simulator.cli.command import Answer, Page, outputs

if TYPE_CHECKING:
    from simulator.cli.output import TextTable
    from simulator.engine.options import Progress
    from simulator.evidence.calibration.mcmc import SampledEffect
    from simulator.evidence.calibration.summary import Calibration, FittedEffect

MODELS = ("utilisation", "power", "discrepancy", "rental", "serving")
MAX_PARETO_K = 0.7
"""Pareto k above which PSIS-LOO is unreliable (Vehtari, Gelman and Gabry 2017)."""


@click.command(context_settings={"auto_envvar_prefix": "LLMCOST"})
@click.argument("model", type=click.Choice(MODELS), metavar="[MODEL]", default="utilisation")
@click.option("--evidence", type=click.Path(path_type=Path), metavar="FILE.csv", help="Your own runs, added to the library's.")
@click.option(
    "--method", type=click.Choice(["exact", "mcmc"]), default="exact", show_default=True,
    help="The closed form, or PyMC with heavy tails and estimated scales (utilisation only; under a minute).",
)  # fmt: skip
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Seed of the random draws.")
@outputs(".nc", label="steps", several=True, prints_too=True)
def command(model: str, evidence: Path | None, method: str, seed: int, paths: tuple[Path, ...], progress: "Progress") -> Answer:
    """Predict the next run from published runs and your own.

    MODEL is utilisation (the default), power, discrepancy, rental or serving.

    A scenario refers to the library's result by `mfu: posterior/utilisation`, and to yours by `mfu: {from: ours.csv}`, with the
    file in the same folder: `-o ours.csv` writes draws for scenarios, `-o ours.nc` all groups in the ArviZ schema.
    """
    from simulator.cli.app import RunError
    from simulator.evidence.calibration.summary import calibrate, writers
    from simulator.evidence.diagnostics import BadFitError

    if model == "serving" and method == "exact":
        return _serving(evidence, seed, paths, progress)
    if method == "mcmc" and model != "utilisation":
        raise click.UsageError(f"--method mcmc: {model} is available with --method exact only")
    try:
        calibration = calibrate(model, evidence, method=method, seed=seed, progress=progress)
    except BadFitError as error:
        raise RunError(f"{error}; nothing was written") from None
    file_writers = writers(calibration, {path.suffix for path in paths})
    return Answer(calibration, lambda: _page(calibration, paths), writers=file_writers, prints_too=True)


def _serving(evidence: Path | None, seed: int, paths: Sequence[Path], progress: "Progress") -> Answer:
    """Return the answer for the model of serving."""
    from simulator.cli.app import RunError
    from simulator.cli.serving_pages import calibration_page
    from simulator.evidence.diagnostics import BadFitError
    from simulator.evidence.serving.calibration import calibrate_serving

    if any(path.suffix == ".nc" for path in paths):
        raise click.UsageError("serving is written as .csv or .json, not as .nc")
    try:
        calibration = calibrate_serving(evidence, seed=seed, progress=progress)
    except BadFitError as error:
        raise RunError(f"{error}; nothing was written") from None
    writers = {".csv": calibration.save} if any(path.suffix == ".csv" for path in paths) else {}
    return Answer(calibration, lambda: calibration_page(calibration, paths), writers=writers, prints_too=True)


def _page(calibration: "Calibration", paths: Sequence[Path]) -> Page:
    return Page(_tables(calibration), [*_notes(calibration), *(f"written: {path}" for path in paths)])


def _tables(calibration: "Calibration") -> "list[TextTable]":
    from simulator.cli.output import TextTable
    from simulator.core.formatting import format_percent

    tables = [_effects_table(f"{calibration.about}: factors", calibration.effects)]
    if calibration.variants is not None:
        rows = [
            (each.variant, f"{each.elpd:.1f}", f"{each.log_evidence:.1f}", format_percent(each.inside95))
            for each in calibration.variants
        ]
        tables.append(
            TextTable("Model variants, each without one part", ("variant", ">elpd (LOO)", ">log evidence", ">inside 95%"), rows)
        )
    if calibration.mcmc is not None:
        tables.append(_effects_table("By MCMC", calibration.mcmc))
    if calibration.loo is not None:
        loo_rows = [
            (each.variant, f"{each.elpd:.1f}", f"{each.behind:.1f}", f"{each.behind_se:.1f}", f"{each.pareto_k:.2f}")
            for each in calibration.loo
        ]
        tables.append(
            TextTable("Leave-one-out by PSIS-LOO", ("variant", ">elpd", ">below the best", ">se", ">worst k"), loo_rows)
        )
    return tables


def _effects_table(title: str, effects: "Sequence[FittedEffect] | Sequence[SampledEffect]") -> "TextTable":
    from simulator.cli.output import TextTable
    from simulator.core.formatting import format_significant

    rows = [
        (each.effect, format_significant(each.factor), f"{format_significant(each.low95)} to {format_significant(each.high95)}")
        for each in effects
    ]
    return TextTable(title, ("effect", ">median", ">95% CI"), rows)


def _notes(calibration: "Calibration") -> list[str]:
    from simulator.core.formatting import format_percent, format_significant

    checks = calibration.checks
    own = f", {calibration.own} of them own" if calibration.own else ""
    return [
        f"{calibration.observations} observations{own}, until {calibration.until}; "
        f"standard deviation of one run {calibration.sigma:.2f} on the natural logarithm",
        f"inside 95%: {format_percent(checks.inside_prior_95)} of the evidence under the prior, "
        f"{format_percent(checks.coverage_95_leave_one_out)} of the evidence when left out; "
        f"p-value of uniform PITs {format_significant(checks.pit_uniform_p)}; "
        f"largest deviation: {checks.furthest.case} (PIT {checks.furthest.pit:.3f})",
        *map(str, calibration.notes),
        *_chain_notes(calibration),
    ]


def _chain_notes(calibration: "Calibration") -> list[str]:
    """Return notes on the chains of an MCMC."""
    from simulator.core.formatting import format_percent

    diagnostics, predictive = calibration.diagnostics, calibration.predictive
    if diagnostics is None or predictive is None:
        return []
    unreliable = [f"{row.variant} ({row.pareto_k:.2f})" for row in calibration.loo or () if row.pareto_k > MAX_PARETO_K]
    return [
        *([f"PSIS-LOO is unreliable where k exceeds {MAX_PARETO_K}: {', '.join(unreliable)}"] if unreliable else []),
        f"R-hat at most {diagnostics.rhat.worst:.3f}, ESS at least {diagnostics.ess_bulk.worst:.0f} (bulk) and "
        f"{diagnostics.ess_tail.worst:.0f} (tail), {diagnostics.divergences} divergences; "
        f"inside 95%: {format_percent(predictive.inside_prior_95)} of the evidence under the prior, "
        f"{format_percent(predictive.inside_posterior_95)} under the posterior",
    ]
