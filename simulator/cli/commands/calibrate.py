"""`llmcost calibrate`: fit a posterior to evidence, for use in scenarios."""

import math
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from simulator.cli.options import check_output_path
from simulator.cli.progress import ProgressLine

if TYPE_CHECKING:
    from simulator.cli.output import TextTable
    from simulator.evidence.calibration import Checks, ModelObservations
    from simulator.evidence.calibration.design import FittedModel

MODELS = ("utilisation", "power", "discrepancy", "rental")
MAX_PARETO_K = 0.7
"""Pareto k above which PSIS-LOO is unreliable (Vehtari, Gelman and Gabry 2017)."""


@click.command(context_settings={"auto_envvar_prefix": "LLMCOST"})
@click.argument("model", type=click.Choice(MODELS), default="utilisation")
@click.option("--evidence", type=click.Path(path_type=Path), metavar="FILE.csv", help="Your own runs, added to the library's.")
@click.option(
    "--method", type=click.Choice(["exact", "mcmc"]), default="exact", show_default=True,
    help="The closed form, or PyMC with heavy tails and estimated scales (utilisation only; under a minute).",
)  # fmt: skip
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Seed of the random draws.")
@click.option("--format", "form", type=click.Choice(["table", "json", "markdown"]), default="table", show_default=True)
@click.option(
    "-o", "--output", "outputs", type=click.Path(path_type=Path), multiple=True, metavar="FILE",
    help="Write draws for scenarios (.csv) or all groups in the ArviZ schema (.nc); may be repeated.",
)  # fmt: skip
@click.option("-q", "--quiet", is_flag=True, help="Show no progress.")
def command(
    model: str, evidence: Path | None, method: str, seed: int, form: str, outputs: tuple[Path, ...], quiet: bool
) -> int:
    """Predict the next run from published runs and your own.

    A scenario refers to the library's result by `mfu: posterior/utilisation`, and to yours by `mfu: {from: ours.csv}`, with the
    file in the same folder.
    """
    from simulator.cli.app import RunError
    from simulator.core.results import json_text
    from simulator.evidence import bayes
    from simulator.evidence.calibration import check, collect_observations, fit, require_good, variants

    paths = [path for path in outputs if check_output_path(path, (".csv", ".nc"), evidence=evidence)]
    if method == "mcmc" and model != "utilisation":
        raise click.UsageError(f"--method mcmc: {model} is available with --method exact only")
    try:
        with ProgressLine("leave-one-out fits", quiet) as progress:
            dataset = collect_observations(model, evidence)
            progress.update(0, 0)
            model_fit = fit(model, dataset.observations)
            checks = check(model_fit.settings, dataset.observations)
            require_good(model, checks)
            answer = summarise_calibration(model, dataset, model_fit, checks)
            if method == "mcmc":
                from simulator.evidence.calibration import mcmc

                chains = mcmc.fit(dataset.observations, seed, progress=lambda what, done, of: progress.update(done, of, what))
                answer |= mcmc.summarise_chains(chains, model_fit)
            else:
                chains = None
                answer["variants"] = variants(model, dataset.observations)
            # All files are prepared before the first is written, so that an interrupt leaves none.
            for write in [_writer(path, model, dataset, model_fit, chains, seed) for path in paths]:
                write()
    except bayes.BadFit as error:
        raise RunError(f"{error}; nothing was written") from None
    if form == "json":
        sys.stdout.write(json_text(answer))
    else:
        _print(answer, [str(path) for path in paths], form)
    return 0


def _writer(
    path: Path, model: str, dataset: "ModelObservations", model_fit: "FittedModel", chains: Any, seed: int
) -> Callable[[], None]:
    """Return a function that writes all groups (.nc) or the table of draws (.csv); `chains` are from MCMC, or None."""
    from simulator.core.files import write_text_atomically
    from simulator.evidence import bayes
    from simulator.evidence.calibration import draws, tree

    if path.suffix == ".nc":
        groups = tree.build_tree(model_fit, dataset.observations, seed) if chains is None else chains["student-t"]
        return partial(bayes.save, groups, path)
    operator = dataset.operator if dataset.own_observations else ""
    if chains is None:
        method, columns = "exact", draws.build_columns(model, model_fit, operator=operator, seed=seed)
    else:
        from simulator.evidence.calibration import mcmc

        method, columns = "mcmc", mcmc.build_columns(chains, operator=operator, seed=seed)
    table = draws.format_table(model, columns, _csv_header(model, dataset, operator, seed, method))
    return partial(write_text_atomically, path, table)


def _csv_header(model: str, dataset: "ModelObservations", operator: str, seed: int, method: str) -> list[tuple[str, str]]:
    from simulator.core.version import tool_version
    from simulator.evidence.calibration import MODELS as DESCRIPTIONS

    owner = f", for the next of {operator}" if operator else ""
    own = f", {len(dataset.own_observations)} of them own" if dataset.own_observations else ""
    title = f"{DESCRIPTIONS[model][0].upper()}{DESCRIPTIONS[model][1:]}{owner}"
    about = f"{title}: posterior of {len(dataset.observations)} observations{own}"
    return [
        ("about", about),
        ("date", dataset.date),
        ("grade", "A" if model == "utilisation" else "B"),
        ("source", f"llmcost calibrate {model}, method {method}, seed {seed}, {tool_version()}"),
        ("source", f"Published facts in priors/evidence, until {dataset.date}"),
    ]


def summarise_calibration(
    model: str, dataset: "ModelObservations", model_fit: "FittedModel", checks: "Checks"
) -> dict[str, Any]:
    """Return effects as factors with 95 % intervals, and the checks of the fit."""
    rows = []
    for term in model_fit.terms:
        if term.partition("/")[0] in ("run", "family", "vendor", "study") or (
            term.startswith("operator/") and term != f"operator/{dataset.operator}"
        ):
            continue
        low, middle, high = (math.exp(x) for x in model_fit.interval(term, 0.95))
        rows.append({"effect": term, "factor": middle, "low95": low, "high95": high})
    return {
        "schema": 2,
        "model": model,
        "about": model_fit.settings.about,
        "observations": checks.observation_count,
        "own": len(dataset.own_observations),
        "operator": dataset.operator,
        "until": dataset.date,
        "sigma": model_fit.posterior.scale,
        "effects": rows,
        "checks": {
            "inside_prior_95": checks.prior_coverage,
            "left_out_inside_95": checks.coverage,
            "pit_uniform_p": checks.uniformity_p_value,
            "elpd_loo": checks.elpd,
            "elpd_loo_se": checks.elpd_error,
            "furthest": {"case": checks.most_extreme[0], "pit": checks.most_extreme[1]},
        },
        "notes": list(dataset.notes),
    }


def _print(answer: dict[str, Any], paths: list[str], form: str) -> None:
    from simulator.cli.output import print_answer

    tables, notes = _tables(answer), [*_notes(answer), *(f"written: {path}" for path in paths)]
    print_answer(form, tables, notes)


def _tables(answer: dict[str, Any]) -> "list[TextTable]":
    from simulator.cli.output import TextTable
    from simulator.core.formatting import format_percent, format_significant

    def effects(title: str, rows: list[dict[str, Any]]) -> TextTable:
        cells = [
            (
                r["effect"],
                format_significant(r["factor"]),
                f"{format_significant(r['low95'])} to {format_significant(r['high95'])}",
            )
            for r in rows
        ]
        return TextTable(title, ("effect", ">median", ">95% CI"), cells)

    tables = [effects(f"{answer['about']}: factors", answer["effects"])]
    if "variants" in answer:
        rows = [
            (r["variant"], f"{r['elpd']:.1f}", f"{r['log_evidence']:.1f}", format_percent(r["inside95"]))
            for r in answer["variants"]
        ]
        tables.append(
            TextTable("Model variants, each without one part", ("variant", ">elpd (LOO)", ">log evidence", ">inside 95%"), rows)
        )
    if "mcmc" in answer:
        tables.append(effects("By MCMC", answer["mcmc"]))
        loo_rows = [
            (r["variant"], f"{r['elpd']:.1f}", f"{r['behind']:.1f}", f"{r['behind_se']:.1f}", f"{r['pareto_k']:.2f}")
            for r in answer["loo"]
        ]
        tables.append(
            TextTable("Leave-one-out by PSIS-LOO", ("variant", ">elpd", ">below the best", ">se", ">worst k"), loo_rows)
        )
    return tables


def _notes(answer: dict[str, Any]) -> list[str]:
    from simulator.core.formatting import format_percent, format_significant

    checks, furthest = answer["checks"], answer["checks"]["furthest"]
    own = f", {answer['own']} of them own" if answer["own"] else ""
    notes = [
        f"{answer['observations']} observations{own}, until {answer['until']}; "
        f"standard deviation of one run {answer['sigma']:.2f} on the natural logarithm",
        f"inside 95%: {format_percent(checks['inside_prior_95'])} of the evidence under the prior, "
        f"{format_percent(checks['left_out_inside_95'])} of the evidence when left out; "
        f"p-value of uniform PITs {format_significant(checks['pit_uniform_p'])}; "
        f"largest deviation: {furthest['case']} (PIT {furthest['pit']:.3f})",
        *answer["notes"],
    ]
    if "diagnostics" in answer:
        diagnostics = answer["diagnostics"]
        unreliable = [f"{row['variant']} ({row['pareto_k']:.2f})" for row in answer["loo"] if row["pareto_k"] > MAX_PARETO_K]
        if unreliable:
            notes.append(f"PSIS-LOO is unreliable where k exceeds {MAX_PARETO_K}: {', '.join(unreliable)}")
        notes.append(
            f"R-hat at most {diagnostics['rhat']['worst']:.3f}, ESS at least {diagnostics['ess_bulk']['worst']:.0f} (bulk) and "
            f"{diagnostics['ess_tail']['worst']:.0f} (tail), {diagnostics['divergences']} divergences; "
            f"inside 95%: {format_percent(answer['predictive']['inside_prior_95'])} of the evidence under the prior, "
            f"{format_percent(answer['predictive']['inside_posterior_95'])} under the posterior"
        )
    return notes
