"""The simulation engine: inputs, formulas, sampling, accumulators."""
