"""The headline, and whether there is a budget."""

import re

from simulator.io.summary import headline


def test_headline_says_the_interval(no_budget, result):
    assert re.fullmatch(r"small, energy cost: \$14\d \(95% CI: \$(9[6-9]\.\d|10[0-4]) to \$(19|20)\d\)", headline(no_budget))
    assert " (50% CI: $" in headline(no_budget, 0.5)
    assert headline(result).startswith("=1+1, development cost: ")
