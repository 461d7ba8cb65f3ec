"""Formulas as expression trees, and their translation to other languages."""
