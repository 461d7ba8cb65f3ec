"""Forecast at completion: the plan of a scenario, conditional on what has been spent."""
