"""A report as an answer: its tables by name as a document, and as tables with headers and rows."""

import re
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from simulator.cli import group
from simulator.cli.command import Answer, Page
from simulator.cli.output import TextTable
from simulator.report.content import Report, TableBlock
from simulator.report.sheets import field_names, row_values

if TYPE_CHECKING:
    from definitions.case import Case


class Tables:
    """The tables of a report as data: a list of rows by name of the table, a list of lists where tables are numbered."""

    def __init__(self, report: Report) -> None:
        self._report = report

    def to_dict(self) -> dict[str, Any]:
        document: dict[str, Any] = {}
        for table in self._report.blocks(TableBlock):
            rows = [dict(zip(field_names(table), row, strict=True)) for row in row_values(table)]
            name, number = re.fullmatch(r"(.*?)(-\d+)?", table.name).groups()
            if number is None:
                document[name] = rows
            else:
                document.setdefault(name, []).append(rows)
        return document


def report_answer(case: "Case") -> Answer:
    """Return the report of a command before it is written, as an answer."""
    with patch("simulator.report.folder.write") as write:
        group.main([*case.arguments, "--quiet"], prog_name="llmcost", standalone_mode=False)
    report = write.call_args.args[0]

    def page() -> Page:
        tables = [
            TextTable(
                table.caption,
                [column.heading for column in table.columns],
                [[cell.text for cell in row.cells] for row in table.rows],
            )
            for table in report.blocks(TableBlock)
        ]
        key_figures = TextTable("Key figures", ("", "value", ""), report.key_figures)
        return Page([key_figures, *tables], [])

    return Answer(Tables(report), page)
