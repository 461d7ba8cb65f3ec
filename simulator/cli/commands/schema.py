"""`llmcost schema`: write the JSON schema of scenario files."""

import sys
from pathlib import Path

import click

from simulator.cli.options import check_output_path


@click.command()
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FILE.json", help="Write to a file.")
def command(output: Path | None) -> None:
    """Write the JSON schema (draft 2020-12) of scenario files, for completion and validation in editors."""
    from simulator.core.files import write_text_atomically
    from simulator.core.results import json_text
    from simulator.scenario.json_schema import json_schema

    output = check_output_path(output, (".json",))
    text = json_text(json_schema())
    if output is None:
        sys.stdout.write(text)
    else:
        write_text_atomically(output, text)
