"""What follows from draws: budgets, comparisons, drivers, stress tests."""
