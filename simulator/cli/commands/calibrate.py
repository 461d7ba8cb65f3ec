"""`llmcost calibrate`: evidence becomes a posterior that scenarios can name."""

import math
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from simulator.cli.options import output_path
from simulator.cli.progress import Line

if TYPE_CHECKING:
    from simulator.cli.output import Table
    from simulator.evidence.calibration import Checks, Gathered
    from simulator.evidence.calibration.design import Fitted

MODELS = ("utilisation", "power", "discrepancy", "rental")
MOST_K = 0.7
"""Pareto k above which PSIS-LOO is not to be trusted (Vehtari, Gelman and Gabry 2017)."""


@click.command(context_settings={"auto_envvar_prefix": "LLMCOST"})
@click.argument("model", type=click.Choice(MODELS), default="utilisation")
@click.option("--evidence", type=click.Path(path_type=Path), metavar="FILE.csv", help="Runs of your own beside the library's.")
@click.option(
    "--method", type=click.Choice(["exact", "mcmc"]), default="exact", show_default=True,
    help="The closed form, or PyMC with heavy tails and learned spreads (utilisation alone; under a minute).",
)  # fmt: skip
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Seed of the random draws.")
@click.option("--format", "form", type=click.Choice(["table", "json", "markdown"]), default="table", show_default=True)
@click.option(
    "-o", "--output", "outputs", type=click.Path(path_type=Path), multiple=True, metavar="FILE",
    help="A table of draws for scenarios (.csv) or all groups in the ArviZ schema (.nc); may be given twice.",
)  # fmt: skip
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
def command(
    model: str, evidence: Path | None, method: str, seed: int, form: str, outputs: tuple[Path, ...], quiet: bool
) -> int:
    """Learn from published runs (and your own) what the next run may do.

    A scenario names the library's result by `mfu: posterior/utilisation`, and yours by `mfu: {from: ours.csv}` with the file
    beside it.
    """
    from simulator.cli.app import RunFailed
    from simulator.evidence import bayes
    from simulator.evidence.calibration import check, fit, gather, require_good, variants
    from simulator.io.to_json import json_text

    paths = [path for path in outputs if output_path(path, (".csv", ".nc"), evidence=evidence)]
    if method == "mcmc" and model != "utilisation":
        raise click.UsageError(f"--method mcmc: {model} has the exact path alone, which needs no sampler")
    try:
        with Line("fits with something left out", quiet) as progress:
            gathered = gather(model, evidence)
            progress.update(0, 0)
            fitted = fit(model, gathered.observations)
            checks = check(fitted.settings, gathered.observations)
            require_good(model, checks)
            said = summary(model, gathered, fitted, checks)
            if method == "mcmc":
                from simulator.evidence.calibration import mcmc

                chains = mcmc.fit(gathered.observations, seed, progress=lambda what, done, of: progress.update(done, of, what))
                said |= mcmc.summary(chains, fitted)
            else:
                chains = None
                said["variants"] = variants(model, gathered.observations)
            # All are made before the first is written, so that an interrupt leaves none.
            for write in [_writer(path, model, gathered, fitted, chains, seed) for path in paths]:
                write()
    except bayes.BadFit as error:
        raise RunFailed(f"{error}; nothing was written") from None
    if form == "json":
        sys.stdout.write(json_text(said))
    else:
        _print(said, [str(path) for path in paths], form)
    return 0


def _writer(path: Path, model: str, gathered: "Gathered", fitted: "Fitted", chains: Any, seed: int) -> Callable[[], None]:
    """Return what writes all groups (.nc) or the table of draws (.csv); `chains` are those of MCMC, or None."""
    from simulator.core.files import write_text_whole
    from simulator.evidence import bayes
    from simulator.evidence.calibration import draws, tree

    if path.suffix == ".nc":
        groups = tree.tree(fitted, gathered.observations, seed) if chains is None else chains["student-t"]
        return partial(bayes.save, groups, path)
    operator = gathered.operator if gathered.own else ""
    if chains is None:
        method, columns = "exact", draws.columns(model, fitted, operator=operator, seed=seed)
    else:
        from simulator.evidence.calibration import mcmc

        method, columns = "mcmc", mcmc.columns(chains, operator=operator, seed=seed)
    table = draws.text(model, columns, _head(model, gathered, operator, seed, method))
    return partial(write_text_whole, path, table)


def _head(model: str, gathered: "Gathered", operator: str, seed: int, method: str) -> list[tuple[str, str]]:
    from simulator.core.version import tool_version
    from simulator.evidence.calibration import MODELS as SAID

    whose = f", for the next of {operator}" if operator else ""
    own = f", {len(gathered.own)} of them own" if gathered.own else ""
    about = f"{SAID[model][0].upper()}{SAID[model][1:]}{whose}: posterior of {len(gathered.observations)} observations{own}"
    return [
        ("about", about),
        ("date", gathered.date),
        ("grade", "A" if model == "utilisation" else "B"),
        ("source", f"llmcost calibrate {model}, method {method}, seed {seed}, {tool_version()}"),
        ("source", f"Published facts in priors/evidence, until {gathered.date}"),
    ]


def summary(model: str, gathered: "Gathered", fitted: "Fitted", checks: "Checks") -> dict[str, Any]:
    """Return effects as factors with their 95 % intervals, and how the fit stands."""
    rows = []
    for term in fitted.terms:
        if term.partition("/")[0] in ("run", "family", "vendor", "study") or (
            term.startswith("operator/") and term != f"operator/{gathered.operator}"
        ):
            continue
        low, middle, high = (math.exp(x) for x in fitted.interval(term, 0.95))
        rows.append({"effect": term, "factor": middle, "low95": low, "high95": high})
    return {
        "schema": 1,
        "model": model,
        "about": fitted.settings.about,
        "observations": checks.seen,
        "own": len(gathered.own),
        "operator": gathered.operator,
        "until": gathered.date,
        "sigma": fitted.posterior.scale,
        "effects": rows,
        "checks": {
            "inside_prior_95": checks.inside_prior,
            "left_out_inside_95": checks.inside,
            "pit_uniform_p": checks.uniform,
            "elpd_loo": checks.elpd,
            "elpd_loo_se": checks.elpd_error,
            "furthest": {"case": checks.furthest[0], "pit": checks.furthest[1]},
        },
        "notes": list(gathered.notes),
    }


def _print(said: dict[str, Any], paths: list[str], form: str) -> None:
    from simulator.cli.output import print_answer

    tables, notes = _tables(said), [*_notes(said), *(f"written: {path}" for path in paths)]
    print_answer(form, tables, notes)


def _tables(said: dict[str, Any]) -> "list[Table]":
    from simulator.cli.output import Table
    from simulator.core.formatting import digits, percent

    def effects(title: str, rows: list[dict[str, Any]]) -> Table:
        listed = [(r["effect"], digits(r["factor"]), f"{digits(r['low95'])} to {digits(r['high95'])}") for r in rows]
        return Table(title, ("effect", ">median", ">95% CI"), listed)

    tables = [effects(f"{said['about']}: factors", said["effects"])]
    if "variants" in said:
        rows = [
            (r["variant"], f"{r['elpd']:.1f}", f"{r['log_evidence']:.1f}", percent(r["inside95"])) for r in said["variants"]
        ]
        tables.append(Table("Without each part", ("variant", ">elpd left out", ">log evidence", ">inside 95%"), rows))
    if "mcmc" in said:
        tables.append(effects("By MCMC", said["mcmc"]))
        ranked = [
            (r["variant"], f"{r['elpd']:.1f}", f"{r['behind']:.1f}", f"{r['behind_se']:.1f}", f"{r['pareto_k']:.2f}")
            for r in said["loo"]
        ]
        tables.append(Table("Left out by PSIS-LOO", ("variant", ">elpd", ">below the best", ">se", ">worst k"), ranked))
    return tables


def _notes(said: dict[str, Any]) -> list[str]:
    from simulator.core.formatting import digits, percent

    checks, furthest = said["checks"], said["checks"]["furthest"]
    own = f", {said['own']} of them own" if said["own"] else ""
    notes = [
        f"{said['observations']} observations{own}, until {said['until']}; "
        f"spread of one run {said['sigma']:.2f} on the natural logarithm",
        f"inside 95%: {percent(checks['inside_prior_95'])} of the evidence before it was seen, "
        f"{percent(checks['left_out_inside_95'])} of what was left out; "
        f"PITs even with a probability of {digits(checks['pit_uniform_p'])}; "
        f"furthest off: {furthest['case']} (PIT {furthest['pit']:.3f})",
        *said["notes"],
    ]
    if "diagnostics" in said:
        found = said["diagnostics"]
        doubted = [f"{row['variant']} ({row['pareto_k']:.2f})" for row in said["loo"] if row["pareto_k"] > MOST_K]
        if doubted:
            notes.append(f"PSIS-LOO rests on single draws where k is above {MOST_K}: {', '.join(doubted)}; trust it little")
        notes.append(
            f"R-hat at most {found['rhat']['worst']:.3f}, ESS at least {found['ess_bulk']['worst']:.0f} (bulk) and "
            f"{found['ess_tail']['worst']:.0f} (tail), {found['divergences']} divergences; "
            f"inside 95%: {percent(said['predictive']['inside_prior_95'])} of the evidence by the prior, "
            f"{percent(said['predictive']['inside_posterior_95'])} by the posterior"
        )
    return notes
