"""The study whose figures are drawn anew (Cottier et al. 2024, arXiv:2405.21015), from this project's tables and scenarios."""

STUDY = "After Cottier et al. 2024, arXiv:2405.21015"
COST_LABELS = {"amortised": "hardware and energy, amortised", "cloud": "cloud rental", "acquisition": "hardware bought"}
