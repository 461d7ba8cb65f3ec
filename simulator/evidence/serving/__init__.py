"""Serving against measured points: the points, the fit of the efficiencies and of residuals, predictions and their scores."""
