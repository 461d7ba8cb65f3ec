"""The lines and shares of `docs/explanation/lines.md` are those of the model and its presets."""

import re

import numpy as np
import pytest
from paths import ROOT

from simulator import model
from simulator.engine.simulate import simulate
from simulator.scenario import TOTAL, read

DRAWS = 2000
DOCUMENT = (ROOT / "docs" / "explanation" / "lines.md").read_text(encoding="utf-8")
SHARES = re.findall(r"^\| `([a-z, -]+)` \| ([\d.]+) \|(.* %) \|$", DOCUMENT, re.MULTILINE)
"""Rows of the table of shares: presets, total in million USD, and shares in percent."""
CATEGORIES = (
    ("staff_cost",),
    ("licence_cost", "labelling_cost", "data_processing_cost", "synthetic_data_cost", "storage_cost", "tool_cost"),
    ("other_cloud_cost", "cpu_node_cost", "support_cost", "egress_cost"),
    ("software_cost",),
    ("evaluation_cost", "safety_testing_cost", "compliance_cost"),
)


@pytest.mark.parametrize(("presets", "total", "shares"), SHARES, ids=[row[0] for row in SHARES])
def test_shares_in_the_document_are_those_of_the_presets(presets, total, shares, tmp_path):
    path = tmp_path / "presets.yaml"
    path.write_text(f"extends: [{presets}]\n", encoding="utf-8")
    scenario = read(str(path))
    sample = simulate(scenario, DRAWS, keep=[TOTAL, *scenario.lines]).retained_draws
    compute = [name for name in sample if name in model.LINES and model.LINES[name].stage == "run"]

    def amount(names):
        return sum((sample[name] for name in names if name in sample), np.zeros(DRAWS))

    parts = [amount(names) for names in (compute, *CATEGORIES)]
    medians = [np.median(part / sample[TOTAL]) for part in parts]
    medians.append(np.median(parts[1] / (parts[0] + parts[1])))
    assert np.median(sample[TOTAL]) / 1e6 == pytest.approx(float(total), rel=0.1)
    stated = [float(share.strip(" %")) / 100 for share in shares.split("|")]
    np.testing.assert_allclose(stated, medians, atol=0.025)


def test_every_line_of_the_document_exists_and_every_line_of_the_subject_is_in_it():
    named = set(re.findall(r"^\| `([a-z_]+_cost)` \|", DOCUMENT, re.MULTILINE))
    assert named <= model.LINES.keys()
    assert named >= {name for category in CATEGORIES[2:] for name in category} | {"refresh_cost", "maintenance_cost"}
    assert len(SHARES) == 8
