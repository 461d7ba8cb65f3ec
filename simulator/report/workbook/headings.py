"""Headings of columns and names of sheets in words, from the names of fields in the JSON."""

import re

from simulator.core.formatting import to_words

_WORDS = {
    "mcse": "standard error",
    "error": "standard error",
    "sd": "standard deviation",
    "low": "low",
    "high": "high",
    "value": "",
    "of": "name",
    "cvar": "CVaR",
    "var": "value at risk",
    "ks distance": "Kolmogorov-Smirnov distance",
}
_PERCENTILE = re.compile(r"(?:(.*)\.)?quantiles\.(\d+(?:\.\d+)?)")
_SHORT_PERCENTILE = re.compile(r"\bp(\d+)\b")
_ITEM = re.compile(r"\[([^\]]*)\]")

_SHEETS = {
    "quantities": "Quantities",
    "quantities.sources": "Sources of quantities",
    "sources": "Sources",
    "notes": "Notes",
    "dependence": "Dependence",
    "risks.risks": "Risks, all figures",
    "risks": "Risks, all figures",
    "periods": "Periods, all figures",
    "baseline.quantities": "Changes since the baseline",
    "scenarios.times": "Times",
    "differences.inputs": "Inputs that differ",
    "differences.times": "Differences of times",
    "inapplicable": "Not applicable",
    "shocks.inapplicable": "Shocks that do not apply",
    "no_line": "Levers on no line",
    "no_line.outcomes": "Outcomes of levers on no line",
}


def heading_of(field: str, band: str = "") -> str:
    """Return the heading of a field: `total.mcse.median` is `Total: standard error of the median`.

    `band` is the name of the central interval, such as `95% CI`, for its bounds.
    """
    percentile = _PERCENTILE.fullmatch(field)
    if percentile is not None:
        return _joined([percentile[1] or "", f"P{percentile[2]}"])
    parts = field.split(".")
    if len(parts) > 1 and parts[-2] in ("mcse", "errors"):
        return _joined([*parts[:-2], f"standard error of the {parts[-1].replace('_', ' ')}"])
    if parts[-1] in ("low", "high") and band:
        parts[-1] = f"{band}, {'from' if parts[-1] == 'low' else 'to'}"
    return _joined(parts)


def _joined(parts: list[str]) -> str:
    words = [_WORDS.get(text := part.replace("_", " "), text) for part in parts if part]
    joined = ": ".join(word for word in words if word) or "value"
    joined = _ITEM.sub(lambda item: f" {int(item[1]) + 1 if item[1].isdecimal() else item[1]}", joined)
    return sentence(_SHORT_PERCENTILE.sub(r"P\1", joined).replace("cvar", "CVaR"))


def sentence(words: str) -> str:
    """Return words with an initial capital."""
    return words[:1].upper() + words[1:]


def sheet_name(table: str, output: str = "") -> str:
    """Return the name of the sheet of a table of a result: `allocation.lines` is `Allocation, lines`."""
    if (output, table) == ("compare", "scenarios"):
        return "Compared scenarios"  # another sheet has the scenarios with their models
    words = ", ".join(to_words(part) for part in table.split("."))
    return _SHEETS.get(table, sentence(words))
