"""Templates: each module's formulas are made once for every member that a scenario names, such as a role of the staff."""
