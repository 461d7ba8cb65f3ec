"""What a type checker sees of the public names: real types, in a program that a user may write."""

import re
import subprocess
import sys
from typing import get_args

import paths
import pytest

import llmcost
from simulator import model
from simulator.analysis.cashflow import PERIODS, VIEWS, PeriodLength, View
from simulator.evidence.calibration.dataset import MODELS, Model
from simulator.evidence.predictions import FOLDS, Fold
from simulator.figures.registry import KINDS, FigureKind
from simulator.model.lines import Basis
from simulator.report.folder import FORMATS, Format

FUNCTIONS = [
    name for name in llmcost.__all__ if callable(getattr(llmcost, name)) and not isinstance(getattr(llmcost, name), type)
]
CLASSES = [name for name in llmcost.__all__ if isinstance(getattr(llmcost, name), type)]
METHODS = [
    f"{name}.{method}"
    for name in ("Result", "OpenScenario", "Prior", "RunSummary")
    for method, value in vars(getattr(llmcost, name)).items()
    if not method.startswith("_")
]
UNTYPED = {"to_dataframe", "samples_dataframe"}
"""pandas has no types of its own."""
SESSION = """
import numpy as np
import llmcost
from llmcost.units import Fraction, Usd

def support_cost(rental_cost: Usd, support_share: Fraction) -> Usd:
    return rental_cost * support_share

price = llmcost.LogNormal(p5=2, p95=4, unit="USD/chip/hour", grade="B")
scenario = llmcost.open_scenario(
    {"extends": "gpt-4", "chip_price": np.array([1.0, 2.0])},
    sets={"chips": 2, "electricity_price": llmcost.between(0.05, 0.1, unit="USD/kWh"), "mfu": "0.3 to 0.4"},
    correlations={("chip_price", "electricity_price"): 0.5},
    formulas=support_cost,
    budget=1e6,
)
result = llmcost.run(scenario.with_(basis="rented"), draws=1e5, interval=90)
reveal_type(result)
reveal_type(result.quantile(0.5))
reveal_type(result.quantile([0.5, 0.9]))
reveal_type(result.samples("chips"))
reveal_type(result.summary().total.median)
reveal_type(result.to_xarray())
reveal_type(result.plot("s-curve"))
reveal_type(price.quantile("90%"))
reveal_type(price.sample(10))
llmcost.run("gpt-4", draws="many")
llmcost.run(3)
llmcost.LogNormal(p5="2")
"""
EXPECTED = [
    "simulator.api.result.Result", "float", "ndarray", "ndarray", "float", "DataTree", "Figure", "float", "ndarray",
]  # fmt: skip


def check(program, tmp_path):
    """Return the messages of `mypy --strict` on a program, each with its line."""
    file = tmp_path / "program.py"
    file.write_text(program, encoding="utf-8")
    options = ["--strict", "--no-error-summary", "--config-file", str(paths.ROOT / "pyproject.toml")]
    command = [sys.executable, "-m", "mypy", *options, "--cache-dir", str(tmp_path.parent / "mypy"), str(file)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=paths.ROOT, check=False)
    assert not done.stderr, done.stderr
    return [match.groups() for match in re.finditer(r"program\.py:(\d+): (?:error|note): (.*)", done.stdout)]


@pytest.fixture(scope="module")
def revealed(tmp_path_factory):
    """Return the type of every public function, class and method."""
    names = [*FUNCTIONS, *CLASSES, *METHODS]
    program = "import llmcost\n" + "".join(f"reveal_type(llmcost.{name})\n" for name in names)
    found = check(program, tmp_path_factory.mktemp("types"))
    types = {int(line): text for line, text in found}
    assert set(types) == set(range(2, len(names) + 2)), [text for _, text in found if "Revealed" not in text]
    return {name: types[number] for number, name in enumerate(names, 2)}


def test_there_are_names_to_check():
    assert {"run", "read", "budget", "compare"} <= set(FUNCTIONS)
    assert {"Result", "LogNormal", "Scenario"} <= set(CLASSES)
    assert {"Result.quantile", "OpenScenario.with_", "Prior.sample"} <= set(METHODS)


@pytest.mark.parametrize("name", [*FUNCTIONS, *CLASSES, *METHODS])
def test_the_type_of_a_public_name_is_known(revealed, name):
    text = revealed[name]
    assert text.startswith("Revealed type is")
    assert text != 'Revealed type is "Any"'
    if name.rpartition(".")[2] in UNTYPED:
        return
    returned = text.rpartition(" -> ")[2].rstrip('"')
    assert not re.search(
        r"\bAny\b",
        re.sub(r"ndarray\[.*?\]\]|tuple\[Any, \.\.\.\]|dict\[str, Any\]|numpy\.(?:integer|floating)\[Any\]", "", returned),
    ), text
    arguments = re.sub(
        r"ndarray\[.*?\]\]|tuple\[Any, \.\.\.\]|def \(\*?\*?.*?\) -> Any|\*Any, \*\*Any|Mapping\[Any, ", "", text
    )
    if name in FUNCTIONS:
        assert not re.search(r": (type\[)?Any\b", arguments), text


def test_a_session_of_a_user_is_typed(tmp_path):
    messages = check(SESSION, tmp_path)
    types = [text for _, text in messages if text.startswith("Revealed")]
    assert len(types) == len(EXPECTED)
    for expected, text in zip(EXPECTED, types, strict=True):
        assert expected in text
        assert "Any" not in text.replace("tuple[Any, ...]", "")
    lines = SESSION.splitlines()
    wrong = {lines[int(line) - 1] for line, text in messages if "incompatible type" in text}
    assert wrong == set(lines[-3:])
    assert len([text for _, text in messages if not text.startswith("Revealed")]) == 3, messages


SCALARS = """
import numpy as np
import llmcost
from llmcost.results import Contingency

scenario = llmcost.read("gpt-4")
draws, level = np.int64(1000), np.float64(0.9)
llmcost.run(scenario, draws=draws, seed=np.int32(1), interval=level, threads=np.int64(2), precision=np.float32(0.01))
plan = llmcost.budget(scenario, draws=draws, levels=[level, "85%"])
rows: tuple[Contingency, ...] = plan.contingency
llmcost.cashflow("gpt-4", rate=np.float64(0.08), period="quarter", view="cash", draws=draws)
llmcost.sensitivity("gpt-4", measures=["draws", "swing"], draws=draws)
llmcost.trend(since=np.int64(2018), until=np.float64(2029), threshold=np.float64(1e9))
llmcost.levers("gpt-4", draws=draws)
"""
WRONG = """
llmcost.run("gpt-4", method="sobool")
llmcost.cashflow("gpt-4", period="week")
llmcost.portfolio("gpt-4", correlation="some")
llmcost.sensitivity("gpt-4", measures="draw")
llmcost.figure("s-curves", "gpt-4")
llmcost.report("gpt-4", format="pdf")
llmcost.calibrate("power", method="quick")
llmcost.cite("ris")
llmcost.line("later")
llmcost.levers(scenario)
llmcost.stress(scenario)
llmcost.reweight(scenario, "pue=1.1")
llmcost.rent_or_buy(scenario)
llmcost.report(scenario)
"""


def test_scalars_of_numpy_and_closed_sets_of_words_are_typed(tmp_path):
    messages = check(SCALARS + WRONG, tmp_path)
    lines = (SCALARS + WRONG).splitlines()
    assert [lines[int(line) - 1] for line, text in messages if "incompatible type" in text] == WRONG.split("\n")[1:-1]
    assert len(messages) == len(WRONG.split("\n")[1:-1]), messages


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (Basis, model.CHOICES["basis"]),
        (PeriodLength, PERIODS),
        (View, VIEWS),
        (Model, MODELS),
        (Fold, FOLDS),
        (FigureKind, KINDS),
        (Format, FORMATS),
    ],
)
def test_types_of_words_name_all_that_there_are(words, names):
    assert get_args(words) == tuple(names)
