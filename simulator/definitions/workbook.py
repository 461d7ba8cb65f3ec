"""Definitions of the figures that a workbook has besides those of its result; the sheet Summary prints them.

They are computed by the formulas of the workbook, so they have no place in a JSON, and `DEFINITIONS` leaves them out.
"""

from collections.abc import Mapping

from simulator.definitions.definition import Definition

_OUTPUT = "workbook"

WORKBOOK: Mapping[str, Definition] = {
    key: Definition(_OUTPUT, "", label, definition, unit)
    for key, label, definition, unit in (
        ("now", "Now, with the inputs of this workbook", "live: the total with the values of the sheet Inputs", "USD"),
        ("reported", "As reported", "the total with every uncertain input at its median: the point estimate", "USD"),
        ("change", "Change", "live: now, less as reported", "USD"),
        ("changed", "Inputs changed", "live: number of values of the sheet Inputs that differ from the report", "1"),
        ("stated", "Point estimate as stated", "the scenario states it, and contingencies are above it", "USD"),
        ("quantile", "P{}", "{} of 100 simulated cases cost no more; does not follow the inputs", "USD"),
        ("budget", "Budget", "the budget of the scenario, or of --budget", "USD"),
        ("within", "Budget", "the budget; probability of staying within it: {}, which does not follow the inputs", "USD"),
        ("left", "Budget, less the total now", "live: what is left for contingency", "USD"),
    )
}
"""Entries by key; `{}` in a label or a definition is a number."""
