"""`llmcost cite`: how to cite llmcost and its data."""

import sys

import click

FORMS = ("text", "bibtex", "cff")
"""Forms of a citation; a test compares them with those of the library, which need not be imported for the help."""


@click.command()
@click.option("--format", "form", type=click.Choice(FORMS), default="text", show_default=True, help="Form of the citation.")
def command(form: str) -> None:
    """Print how to cite this version of llmcost, and the data that its results rest on."""
    from simulator.io.citation import citation_text

    sys.stdout.write(citation_text(form))
