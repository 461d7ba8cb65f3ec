"""The kinds of figures, by subject."""
