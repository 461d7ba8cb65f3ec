"""Golden draws of every family under one seed, for each sampling method: a change of any of them changes saved results.

Normal variates are bit-equal by design (`sampling/test_methods`). Values go through exp, log and tables, whose last digits
differ between processors, so they are compared to a relative tolerance of 1e-12. The command
`PYTHONPATH=tests python tests/engine/test_golden.py` writes the table again.
"""

import json

import numpy as np
import paths
import pytest
from distributions.test_distributions import CASES

from simulator.engine.sampling.methods import METHODS, build_sampler
from simulator.engine.sampling.streams import BLOCK

TABLE = paths.CASES / "golden-draws.json"
PLACES = (0, 1, 2, 1000, BLOCK - 1)
NEAR = 1e-12


def sample(distribution, method):
    z = build_sampler(method, 7, BLOCK, ["golden"])("golden", 0, BLOCK)
    return np.asarray(distribution.at(z))[list(PLACES)].tolist()


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", CASES)
def test_draws_are_what_they_were(name, method):
    golden = json.loads(TABLE.read_text(encoding="utf-8"))
    value_range = abs(np.ptp(golden[name][method]))
    np.testing.assert_allclose(
        sample(CASES[name].distribution, method), golden[name][method], rtol=NEAR, atol=NEAR * value_range
    )


def test_the_table_holds_every_family_and_no_other():
    assert json.loads(TABLE.read_text(encoding="utf-8")).keys() == CASES.keys()


if __name__ == "__main__":
    table = {name: {method: sample(case.distribution, method) for method in METHODS} for name, case in CASES.items()}
    rows = [f'"{name}": {json.dumps(row)}' for name, row in table.items()]
    TABLE.write_text("{\n" + ",\n".join(rows) + "\n}\n", encoding="utf-8")
