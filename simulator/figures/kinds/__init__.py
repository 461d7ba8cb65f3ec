"""Drawing functions by subject."""
