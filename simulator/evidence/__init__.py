"""Published data, fits to them, and tests of the fits."""
