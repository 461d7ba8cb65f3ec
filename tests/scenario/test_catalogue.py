"""The library as typed results: lists of its entries, descriptions of single ones, and validation without simulation."""

import json

import pytest
from documented import undocumented

from simulator.core.results import to_plain
from simulator.scenario import Overrides, read
from simulator.scenario.catalogue import KINDS, list_library, with_priors_older_than
from simulator.scenario.catalogue import last_day as last_day_of
from simulator.scenario.inspection import inspect_scenarios
from simulator.scenario.lookup import UnknownNameError, describe_input, describe_name

NAMES = ("mfu/dense-h100", "mfu", "nvidia-h100-sxm", "fp8-training", "capacity-block-rise-2026", "gpt-4", "large")


@pytest.fixture(scope="module")
def catalogue():
    return list_library()


def test_catalogue_has_every_kind_and_documented_fields(catalogue):
    assert tuple(catalogue.items()) == KINDS
    assert undocumented(catalogue) == set()
    assert list(catalogue.to_dict()) == ["schema", "version", *KINDS, "notes"]
    json.loads(catalogue.to_json())


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_is_a_table_with_a_row_for_each_entry(kind):
    catalogue = list_library(kind)
    frame = catalogue.to_dataframe()
    assert set(frame["kind"]) == {kind}
    assert list(frame["name"]) == [entry.name for entry in catalogue.items()[kind]]
    assert catalogue.to_csv().startswith("kind,name,")
    assert list(catalogue.items()) == [kind]


def test_kinds_share_the_columns_they_have_in_common(catalogue):
    columns, rows = catalogue.table()
    by_kind = {row[0]: dict(zip(columns, row, strict=True)) for row in rows}
    assert by_kind["levers"]["grade"] in "ABCD"
    assert by_kind["levers"]["title"] is None
    assert "; " in by_kind["quantities"]["needs"] or by_kind["quantities"]["needs"] is not None


def test_a_scenario_that_extends_one_preset_has_a_list_of_one(catalogue):
    extends = {entry.name: entry.extends for entry in catalogue.scenarios}
    assert all(isinstance(names, tuple) for names in extends.values())
    assert extends["consortium"] == ("development",)


def test_old_priors_have_their_age(catalogue):
    old = with_priors_older_than(catalogue, 0, last_day_of("2100"))
    undated = [prior for prior in catalogue.priors if not prior.date]
    assert all(prior.name.endswith("/default") for prior in undated)
    assert len(old.priors) == len(catalogue.priors) - len(undated)
    assert undocumented(old.priors[0]) == set()
    assert old.to_dict()["priors"][0]["days_old"] == old.priors[0].days_old > 0
    assert "days_old" not in catalogue.to_dict()["priors"][0]


@pytest.mark.parametrize("name", NAMES)
def test_a_description_is_documented_plain_data(name):
    found = describe_name(name)
    assert found.entries[0].name == name
    assert undocumented(found) == set()
    assert json.loads(found.to_json())["entries"][0]["kind"] == found.entries[0].kind
    frame = found.to_dataframe()
    assert frame["figure"].str.startswith("entries").all()
    assert found.to_csv().startswith("figure,value")


def test_a_prior_is_described_by_its_quantiles():
    (prior,) = describe_name("mfu/dense-h100").entries
    assert prior.distribution.quantiles["50"] == prior.distribution.median == pytest.approx(0.29)
    assert to_plain(prior.distribution).keys() == {"unit", "quantiles"}


def test_an_input_is_described_as_in_its_scenario():
    scenario = read("gpt-4")
    (deflator,) = describe_input("deflator", scenario, "gpt-4").entries
    assert (deflator.role, deflator.distribution.value, deflator.distribution.unit) == ("choice", 1.01072466, "1")
    assert undocumented(deflator) == set()
    with pytest.raises(UnknownNameError, match="did you mean 'chips'"):
        describe_input("chipz", scenario, "gpt-4")


def test_a_name_that_nothing_has_is_refused():
    with pytest.raises(UnknownNameError, match="there is no 'gtp-4'; did you mean 'gpt-4'"):
        describe_name("gtp-4")


def test_inspection_holds_inputs_and_issues(tmp_path):
    path = tmp_path / "bad.yaml"
    path.write_text("title: Bad\nextends: gpt-4\nmfu: fast\nnosuch: 3\n")
    inspection = inspect_scenarios(["gpt-4", str(path)])
    assert undocumented(inspection) == set()
    (valid,) = inspection.scenarios
    assert {entry.name for entry in valid.inputs} == set(read("gpt-4").inputs)
    assert [(issue.line, issue.key) for issue in inspection.issues] == [(3, "mfu"), (4, "nosuch")]
    assert str(inspection.issues[0]).startswith(f"{path}:3:")
    answer = json.loads(inspection.to_json())
    assert answer["issues"][0].keys() == {"file", "line", "column", "key", "message"}
    assert len(inspection.to_dataframe()) == len(valid.inputs)


def test_inspection_takes_overrides():
    (valid,) = inspect_scenarios(["llama-3.1-405b"], Overrides(sets=("mfu=0.35",))).scenarios
    mfu = next(entry for entry in valid.inputs if entry.name == "mfu")
    assert (mfu.role, mfu.distribution.value) == ("choice", 0.35)
