"""`llmcost cite`: how to cite llmcost and its data."""

import sys

import click

FORMS = ("text", "bibtex", "cff")
"""Forms of a citation; a test compares them with those of the library, which need not be imported for the help."""


@click.command()
@click.option("--format", "form", type=click.Choice(FORMS), default="text", show_default=True, help="Form of the citation.")
def command(form: str) -> None:
    """Print how to cite this version of llmcost, and the data that its results rest on."""
    from simulator.cli.layout import hanging_lines
    from simulator.cli.output import terminal_width
    from simulator.io.citation import citation_text

    text = citation_text(form)
    width = terminal_width() if form == "text" else None
    if width:
        text = "".join(f"{line}\n" for paragraph in text.splitlines() for line in hanging_lines(paragraph, width, indent="  "))
    sys.stdout.write(text)
