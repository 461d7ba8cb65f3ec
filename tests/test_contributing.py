"""CONTRIBUTING.md is followed literally: its blocks are applied to a copy of the project, and nothing else is edited."""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml
from paths import ROOT

GUIDE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
PLACE = re.compile(
    r"^\*\*\d\. [^*]+\*\*, "
    r"(?:at the end of (?:the list `(?P<list>\w+)` in )?|below `(?P<key>\w+):` in )`(?P<file>[\w/.]+)`:\n\n"
    r"```\w+\n(?P<text>.*?)^```$",
    re.DOTALL | re.MULTILINE,
)
FOLDERS = ("simulator", "llmcost", "priors", "tests")
IGNORED = shutil.ignore_patterns("__pycache__", "corpus", "fuzz_cases", ".*")


class Block(NamedTuple):
    """Text to add to a file: at its end, at the end of a list in it, or below a key."""

    file: str
    text: str
    list: str | None
    key: str | None

    def apply(self, folder):
        path = folder / self.file
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        added = self.text.splitlines(keepends=True)
        if self.list:
            (node,) = (
                statement.value
                for statement in ast.parse("".join(lines)).body
                if isinstance(statement, ast.Assign) and [ast.unparse(each) for each in statement.targets] == [self.list]
            )
            position = node.end_lineno - 1  # the line of the closing bracket
        elif self.key:
            position = lines.index(f"{self.key}:\n") + 1
        else:
            position = len(lines)
            added = added if path.suffix == ".yaml" else ["\n", "\n", *added]
        path.write_text("".join([*lines[:position], *added, *lines[position:]]), encoding="utf-8")


def section(heading):
    """Return the text of a section of the guide."""
    return re.search(rf"^## {heading}\n(.*?)(?=^## )", GUIDE, re.DOTALL | re.MULTILINE)[1]


def blocks(heading):
    """Return the blocks of a section with their places."""
    return [Block(found["file"], found["text"], found["list"], found["key"]) for found in PLACE.finditer(section(heading))]


class Project:
    """A copy of the project, in which commands are run."""

    def __init__(self, folder):
        self.folder = folder
        for name in FOLDERS:
            shutil.copytree(ROOT / name, folder / name, ignore=IGNORED)
        shutil.copy(ROOT / "pyproject.toml", folder)
        shutil.copy(ROOT / "CITATION.cff", folder)

    def process(self, *arguments):
        environment = os.environ | {"PYTHONPATH": str(self.folder), "PYTHONDONTWRITEBYTECODE": "1", "COLUMNS": "200"}
        command = [sys.executable, *arguments]
        return subprocess.run(
            command, cwd=self.folder, env=environment, capture_output=True, text=True, check=False, timeout=300
        )

    def python(self, *arguments):
        done = self.process(*arguments)
        return done.returncode, done.stdout + done.stderr

    def llmcost(self, command):
        done = self.process("-m", "simulator", *command.split())
        assert done.returncode == 0, done.stderr
        return done.stdout

    def tests(self, *arguments):
        return self.python("-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", "-p", "no:xdist", *arguments)


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A copy to which the cost line and the prior of the guide are added."""
    copy = Project(tmp_path_factory.mktemp("project"))
    for block in [*blocks("Add a cost line"), *blocks("Add a prior")]:
        block.apply(copy.folder)
    return copy


def test_guide_names_four_places_for_a_line_and_two_for_a_prior():
    assert [block.file.partition("/")[0] for block in blocks("Add a cost line")] == ["simulator", "priors", "priors", "tests"]
    assert [block.file.partition("/")[0] for block in blocks("Add a prior")] == ["priors", "tests"]
    for heading in ("Add a cost line", "Add a prior"):
        assert len(re.findall(r"^```(?:python|yaml|text)$", section(heading), re.MULTILINE)) == len(blocks(heading))


def test_the_example_is_not_part_of_the_project():
    for block in [*blocks("Add a cost line"), *blocks("Add a prior")]:
        assert block.text not in (ROOT / block.file).read_text(encoding="utf-8")


def test_line_is_in_the_table_and_the_data_of_a_run(project):
    table = project.llmcost("run small-medium --draws 2000")
    assert re.search(r"^security cost +\$[\d.]+", table, re.MULTILINE)
    assert re.search(r"assumptions.*security share", table)
    answer = json.loads(project.llmcost("run small-medium --draws 2000 --format json"))
    assert answer["quantities"]["security_cost"]["role"] == "line"
    assert answer["quantities"]["security_cost"]["median"] > 0
    assert answer["quantities"]["security_share"]["median"] == pytest.approx(0.01, rel=0.1)


@pytest.mark.parametrize("preset", ["large", "cutting-edge"])
def test_line_is_in_every_tier(project, preset):
    assert "security_cost" in json.loads(project.llmcost(f"run {preset} --draws 200 --format json"))["quantities"]


def test_line_is_not_in_a_preset_that_does_not_name_its_stage(project):
    assert "security_cost" not in project.llmcost("run gpt-4 --draws 200 --format json")


def test_line_is_in_every_form_of_the_report(project):
    for form, name in (("html", "report.html"), ("markdown", "report.md")):
        project.llmcost(f"report small-medium --draws 1000 --quiet --format {form} -o {form}")
        text = (project.folder / form / name).read_text(encoding="utf-8")
        assert "security cost" in text
        assert "security share" in text
        assert "security_cost" in (project.folder / form / "tables/breakdown.csv").read_text(encoding="utf-8")


def test_line_is_in_cash_flow_and_budget(project):
    schedule = "extends: cutting-edge\nschedule:\n  data: {duration: 2 month}\n  final_run: {}\n"
    (project.folder / "plan.yaml").write_text(schedule, encoding="utf-8")
    assert "security_cost" in project.llmcost("cashflow plan.yaml --draws 500 --format csv")
    assert "lines[security_cost].amount" in project.llmcost("budget small-medium --draws 500 --format csv")


def test_quantities_are_listed_and_shown(project):
    quantities = {each["name"]: each for each in json.loads(project.llmcost("list quantities --format json"))}
    assert quantities["security_cost"]["unit"] == "USD"
    assert quantities["security_cost"]["needs"] == ["compute_cost", "security_share"]
    assert "weights against theft" in project.llmcost("show security_cost")
    assert "security_share/default" in project.llmcost("show security_share")
    assert "Own judgement" in project.llmcost("show security_share/default")


def test_generated_files_have_it(project):
    project.llmcost("schema -o priors/schema.json")
    properties = json.loads((project.folder / "priors/schema.json").read_text(encoding="utf-8"))["properties"]
    assert {"security_cost", "security_share"} <= properties.keys()
    code, output = project.python("tests/library_table.py")
    assert code == 0, output
    page = (project.folder / "priors/README.md").read_text(encoding="utf-8")
    assert "| security_share/default | lognormal p5 0.002, p95 0.05" in page
    assert "| support_share/three-clouds-2026 | quantiles p5 0.03, p50 0.06, p95 0.1" in page


def test_units_and_elementwise_evaluation_are_tested_by_name(project):
    code, output = project.tests("tests/model", "-k", "security_cost or security_share", "-vv")
    assert code == 0, output
    passed = re.findall(r"(test_\w+)\[[^\]]*security.*PASSED", output)
    assert {
        "test_formula_keeps_the_unit_it_promises",
        "test_formula_is_elementwise",
        "test_formula_gives_possible_values",
        "test_quantity_worked_by_hand",
        "test_every_formula_is_homogeneous_in_what_is_counted",
        "test_cost_rises_with_every_price",
    } <= set(passed)


def test_all_tests_of_the_model_and_of_rows_pass(project):
    files = ("test_lines", "test_model", "test_quantities")
    code, output = project.tests(*(f"tests/model/{name}.py" for name in files), "tests/scenario/test_library_rows.py")
    assert code == 0, output


def test_line_without_a_value_worked_by_hand_is_refused(tmp_path):
    project = Project(tmp_path)
    for block in blocks("Add a cost line")[:2]:
        block.apply(project.folder)
    code, output = project.tests("tests/model/test_quantities.py", "-k", "every_formula_is_worked_by_hand")
    assert code == 1, output
    assert "security_cost" in output


def test_prior_is_shown_and_taken_by_name(project):
    shown = project.llmcost("show support_share/three-clouds-2026")
    assert re.search(r"^  p50: +0\.0600$", shown, re.MULTILINE)
    assert "Title of the document, table 3, 2026-11" in shown
    run = project.llmcost("run small-medium --basis rented --set support_share=three-clouds-2026 --draws 1000 --format json")
    assert json.loads(run)["quantities"]["support_cost"]["role"] == "line"


def test_commands_that_the_guide_shows_are_those_above():
    shown = re.findall(r"^\.venv/bin/llmcost (.+)$", GUIDE, re.MULTILINE)
    source = Path(__file__).read_text(encoding="utf-8")
    assert shown
    assert [command for command in shown if command not in source] == []


# --- make and hooks -----------------------------------------------------------------------------------------------------------


def recipe(target):
    """Return the commands that make runs for a target and its prerequisites, once `.venv` is set up."""
    command = ["make", "--dry-run", "--old-file=.venv/.ready", "--no-print-directory", target]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return [line.strip() for line in done.stdout.splitlines()]


def test_targets_that_the_guide_names_exist():
    targets = set(re.findall(r"\bmake (\w+)", GUIDE))
    assert {"run", "test", "lint", "generated", "lock", "audit"} <= targets
    assert targets <= set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


def test_one_command_writes_every_generated_file():
    page = (ROOT / "docs/how-to/develop.md").read_text(encoding="utf-8")
    table = re.search(r"^\| command \| writes \|\n.*?\n\n", page, re.DOTALL | re.MULTILINE)[0]
    targets = re.findall(r"^\| `make (\w+)`", table, re.MULTILINE)
    assert len(targets) == table.count("\n") - 3 >= 5
    assert recipe("generated") == [command for target in targets for command in recipe(target)]


def test_hooks_run_the_commands_of_make_lint_and_download_nothing():
    repositories = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"]
    assert [each["repo"] for each in repositories] == ["local"]
    hooks = repositories[0]["hooks"]
    assert {hook["language"] for hook in hooks} == {"system"}
    assert not any(hook["pass_filenames"] for hook in hooks)
    assert [hook["entry"] for hook in hooks] == recipe("lint")
    for hook in hooks:
        assert Path(sys.executable).with_name(Path(hook["entry"].split()[0]).name).exists()
