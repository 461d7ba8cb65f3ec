"""What the main commands print at three widths of a terminal, kept in `golden/` (`make pages` writes it).

The plan is complete in itself, so that a new price in the library changes none of these files.
"""

import os
import shlex
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

FOLDER = Path(__file__).with_name("golden")
WIDTHS = (80, 120, 200)
PLAN = """title: A plan
lines: [chip_cost, energy_cost, staff_cost, licence_cost, risk_cost]
outcomes: []
prices: 2026 USD
budget: 60e6
chip_cost: {lognormal: {median: 30e6, sigma: 0.5}}
energy_cost: {lognormal: {p5: 2e6, p95: 9e6}}
staff_cost: {normal: {p5: 5e6, p95: 11e6}}
licence_cost: 0
deflator: {normal: {p5: 1.0, p95: 1.1}}
final_run_chip_hours: 1e5 chip*hour
rework_price: 2 USD/chip/hour
schedule: {data: {duration: 1 to 3 month}, final_run: {duration: 2 to 5 month}}
risks:
  outage: {probability: 20% to 40%, impact: 1e6 to 5e6 USD, about: A site fails, mitigation: 'Assumption: a second site'}
"""
COMMANDS = {
    "run": "run plan.yaml --draws 5000",
    "run-francs": "run plan.yaml --draws 5000 --money '2026 CHF' --rate CHF=0.8",
    "budget": "budget plan.yaml --draws 5000",
    "cashflow": "cashflow plan.yaml --draws 5000",
    "compare": "compare plan.yaml Cheap=plan.yaml:chip_cost=20e6 --draws 5000",
    "risks": "risks plan.yaml --draws 5000",
    "sensitivity": "sensitivity plan.yaml --draws 5000 --method draws",
    "stress": "stress plan.yaml --draws 5000 --sweep --reverse 'total_cost > 60e6'",
}


def file_of(name: str, width: int) -> Path:
    """Return the file of a command at a width."""
    return FOLDER / f"{name}-{width}.txt"


def printed(command: str, width: int, folder: Path) -> str:
    """Return what a command prints in a folder that holds the plan, at a width of the terminal."""
    from click.testing import CliRunner

    from simulator.cli import group

    (folder / "plan.yaml").write_text(PLAN, encoding="utf-8")
    before = Path.cwd()
    os.chdir(folder)
    try:
        environment = {"COLUMNS": str(width), "NO_COLOR": "1", "SOURCE_DATE_EPOCH": "1795219200"}
        done = CliRunner(env=environment).invoke(group, [*shlex.split(command), "--quiet"], prog_name="llmcost")
    finally:
        os.chdir(before)
    if done.exit_code:
        raise RuntimeError(f"{command}: {done.output}{done.exception}")
    return done.stdout


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    FOLDER.mkdir(exist_ok=True)
    for name, command in COMMANDS.items():
        for width in WIDTHS:
            with TemporaryDirectory() as folder:
                file_of(name, width).write_text(printed(command, width, Path(folder)), encoding="utf-8")
