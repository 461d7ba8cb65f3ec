"""Draws: inputs, formulas, sampling, accumulators."""
