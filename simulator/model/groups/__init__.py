"""Templates: the formulas of each module are repeated for every item of the group, such as a role of the staff."""
