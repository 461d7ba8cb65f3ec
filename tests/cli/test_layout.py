"""The layout of tables in a terminal: what gives way where a table is too wide, and that numbers stay whole."""

import io
import re

import pytest
from rich.console import Console

from simulator.cli import layout, output
from simulator.cli.output import Column, TextTable, print_answer
from simulator.cli.sparkline import Distribution, Mark, distribution_lines

ROWS = (
    ("chip cost", "$38.0M", "$9.08M to $157M", "$49.6M", "of all that the cluster takes"),
    ("=total cost", "$122M", "$41.5M to $377M", "$145M", ""),
)
COLUMNS = ("", ">median", ">95% CI", Column(">mean", 1), "remark")
TABLE = TextTable("Cost", COLUMNS, ROWS)


def printed(capsys, monkeypatch, width, *tables, notes=(), **options):
    """Return the lines of a page at a width."""
    monkeypatch.setenv("COLUMNS", str(width))
    print_answer("table", tables, notes, **options)
    return capsys.readouterr().out.splitlines()


def test_the_bounds_of_an_interval_are_two_columns_under_one_heading(capsys, monkeypatch):
    title, heading, rule, chip, total = printed(capsys, monkeypatch, 110, TABLE)
    assert (title, set(rule)) == ("Cost", {"─"})
    assert chip.index(" to $157M") == total.index(" to $377M")
    assert chip.index("$9.08M") < heading.index("95% CI") < chip.index("$157M") + len("$157M")
    assert total == total.rstrip()


def test_words_wrap_first_then_columns_of_low_priority_go_and_are_named(capsys, monkeypatch):
    wrapped = printed(capsys, monkeypatch, 66, TABLE)
    assert any("$49.6M" in line for line in wrapped)
    assert max(map(len, wrapped)) <= 66
    narrow = printed(capsys, monkeypatch, 56, TABLE)
    assert not any("$49.6M" in line for line in narrow)
    assert "left out at this width: mean" in " ".join(narrow)
    assert any("$9.08M to $157M" in line or "$9.08M  $157M" in line for line in narrow)


def test_a_column_that_is_left_out_is_named_with_its_table_where_there_are_several(capsys, monkeypatch):
    lines = printed(capsys, monkeypatch, 56, TABLE, TextTable("Risks", ("risk",), [("delay",)]))
    assert "left out at this width: mean of 'Cost'" in " ".join(lines)


def test_rows_are_stacked_with_every_column_where_nothing_else_helps(capsys, monkeypatch):
    table = TextTable("Cost", ("", ">median", ">95% CI", ">mean", "remark"), ROWS)
    lines = printed(capsys, monkeypatch, 40, table)
    assert lines[1:6] == [
        "chip cost",
        "  median  $38.0M",
        "  95% CI  $9.08M to $157M",
        "  mean    $49.6M",
        "  remark  of all that the cluster takes",
    ]


def test_a_longer_heading_than_the_cells_does_not_cut_them(capsys, monkeypatch):
    lines = printed(capsys, monkeypatch, 40, TextTable("", (">a heading of words", ">other"), [("1", "2")]))
    assert lines[-1].split() == ["1", "2"]


@pytest.mark.parametrize("width", range(20, 60, 3))
def test_what_belongs_together_stays_in_one_line(width):
    text = "the total is CHF 41.5M to CHF 377M, or 12 +-3 months, or 10 -> 20, or $1.00 to $2.00 an hour"
    joined = "\n".join(layout.wrap(text, width))
    for whole in ("CHF 41.5M to CHF 377M", "12 +-3", "10 -> 20", "$1.00 to $2.00"):
        assert whole in joined
    assert " ".join(joined.split()) == text


def test_a_name_breaks_at_a_hyphen_and_a_number_never():
    assert layout.wrap("a-long-name-of-a-shock", 10) == ["a-long-", "name-of-", "a-shock"]
    assert layout.wrap("123,456,789,012", 10) == ["123,456,789,012"]


def test_a_note_hangs_below_its_dash(capsys, monkeypatch):
    assert printed(capsys, monkeypatch, 40, notes=["one note of so many words that it needs two lines"]) == [
        "- one note of so many words that it",
        "  needs two lines",
    ]


def test_a_pipe_without_a_width_keeps_a_note_in_one_line(capsys, monkeypatch):
    note = "word " * 40
    monkeypatch.delenv("COLUMNS")
    print_answer("table", [], [note.strip()])
    assert capsys.readouterr().out.splitlines() == [f"- {note.strip()}"]


def test_styles_are_for_a_terminal_with_colours_alone(monkeypatch):
    """The budget is green or red, and bold where NO_COLOR is set; a pipe has neither."""

    def styled(**variables):
        console = Console(force_terminal=True, color_system="standard", width=80, _environ=variables)
        with console.capture() as captured:
            console.print("budget", style="bold red")
        return captured.get()

    assert "\x1b[1;31m" in styled()
    assert "31m" not in styled(NO_COLOR="1")
    monkeypatch.setattr("sys.stdout", io.StringIO())
    output.write_lines([("budget", "bold red")])
    import sys

    assert sys.stdout.getvalue() == "budget\n"


# --- the distribution in a line -------------------------------------------------------------------------------------------


def uniform(low, high):
    return lambda amount: min(1.0, max(0.0, (amount - low) / (high - low)))


def test_marks_are_below_the_amounts_that_they_name():
    marks = [Mark("P50", 50.0), Mark("budget", 90.0)]
    bars, below = distribution_lines(Distribution(0.0, 100.0, "$0", "$100", uniform(0.0, 100.0), marks), 80)
    assert bars == f"$0 {'█' * 60} $100"
    # 60 bars from place 3: the P50 is at bar 30, 90 at bar 54.
    assert below.index("▲ P50") == 3 + 30
    assert below.index("▲ budget") == 3 + 54


def test_marks_without_room_beside_each_other_are_below_each_other_and_none_is_lost():
    marks = [Mark("P50", 50.0), Mark("P80", 52.0), Mark("budget", 200.0)]
    lines = distribution_lines(Distribution(0.0, 100.0, "$0", "$100", uniform(0.0, 100.0), marks), 40)
    assert [line.strip() for line in lines[1:]] == ["▲ P50", "▲ P80", "budget is above this range"]
    assert max(map(len, lines)) <= 40


def test_the_heights_of_bars_are_the_mass_between_their_edges():
    lines = distribution_lines(Distribution(0.0, 8.0, "0", "8", lambda amount: (amount / 8) ** 2, []), 12)
    assert re.fullmatch(r"0 ▁▂▃▄▅▆▇█ 8", lines[0])  # 8 bars of mass 1, 3, 5, ... of 64


def test_a_known_amount_has_no_distribution():
    assert distribution_lines(Distribution(5.0, 5.0, "5", "5", uniform(4.0, 6.0), []), 80) == []
