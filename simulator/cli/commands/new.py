"""`llmcost new`: write a commented scenario to start from."""

import sys
from pathlib import Path

import click


@click.command()
@click.argument("path", metavar="FILE.yaml", type=click.Path(path_type=Path), default=Path("-"))
@click.option("--force", is_flag=True, help="Overwrite an existing file.")
def command(path: Path, force: bool) -> None:
    """Write a commented scenario to FILE.yaml (or to standard output), complete enough to run."""
    from simulator.cli.options import check_output_path
    from simulator.core.files import write_text_atomically
    from simulator.scenario.template import scenario_template

    if str(path) == "-":
        sys.stdout.write(scenario_template("FILE.yaml"))
        return
    if path.exists() and not force:
        raise click.UsageError(f"{path} already exists; --force overwrites it")
    check_output_path(path, (".yaml", ".yml"), "FILE.yaml")
    write_text_atomically(path, scenario_template(str(path)))
    click.echo(f"wrote {path}; now: llmcost run {path}", err=True)
