"""A bill in FOCUS 1.0 to 1.2 (FinOps Open Cost and Usage Specification) -> prices of GPU-hours and tokens, idle commitments.

Costs are `EffectiveCost`, which includes all discounts and the amortised share of prepayments. Purchases, credits, taxes and
adjustments are left out; corrections are netted.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from simulator.core.formatting import format_significant
from simulator.core.results import Note
from simulator.core.suggestions import InvalidValueError
from simulator.core.units import Unit
from simulator.records import (
    Distribution,
    PriorSet,
    RecordPrior,
    empirical_distribution,
    exp_rounded,
    is_library_chip,
    join_counts,
    library_scale,
    make_prior_set,
    note_unknown_chips,
    predictive_quantiles,
    quantile_distribution,
    resolve_chip_of_file,
    select_chip,
    warn_far_from_library,
)
from simulator.records.cells import format_count, quote_cell
from simulator.records.focus_rows import NULLS, Bill, FocusOptions, FocusReader
from simulator.records.gpus import GpuRule
from simulator.records.table import Records

QUANTITIES = {"standard": "on_demand_price", "committed": "rental_price", "dynamic": "spot_price"}
"""Quantity given by the price of each pricing category."""
PRICE = Unit("USD/chip/hour")
_OUTLIER = 10.0
_ONE_PRICE = 1.05
"""Ratio of the highest to the lowest price of a bill up to which they are one: it tells nothing of the spread of prices."""
_LIBRARY_PRICE = ("one_year_price", "h100-one-year-2026")


def read(
    path: Path,
    chip: str | None = None,
    gpus_per_row: Sequence[GpuRule] = (),
    rates: Mapping[str, float] | None = None,
    only_usd: bool = False,
    categories: Sequence[str] = (),
    model: str | None = None,
) -> PriorSet:
    """Return the prices and the idle commitments of a bill, and the prices of its tokens.

    They are on_demand_price (Standard), rental_price (Committed), spot_price (Dynamic) and idle_factor of one chip, and
    input_price and output_price of one model. A price is EffectiveCost over hours of GPUs, weighted by these; idle_factor is
    the cost of all committed GPUs over that of the used ones. `rates` is units of another currency for one USD; `only_usd`
    leaves out rows in others; `categories` are service categories that count besides those of the specification. Raise
    `InvalidInputError` with the issues of the file.
    """
    options = FocusOptions(gpus_per_row, rates or {}, only_usd, categories)
    if only_usd and rates:
        currencies = ", ".join(sorted(rates))
        raise InvalidValueError(f"--only-usd leaves out the rows that --rate {currencies} would convert; give one of the two")
    with Records(path, NULLS) as records:
        reader = FocusReader(records, options)
        records.read_rows(reader.use, identity=reader.resource)
        reader.require_one_currency()
        if not records.used_rows:
            records.refuse_empty("price of a GPU-hour or of tokens", reader.explain_empty())
        chip_option = resolve_chip_of_file(chip, reader.chip_rows)
        chip_name = select_chip(records, reader.chip_rows, chip_option)
        _refuse_mixture(reader, chip_name, chip_option)
        return _build_prior_set(reader, records, chip_name, chip_option, model)


def _refuse_mixture(reader: FocusReader, chip: str, chip_option: str) -> None:
    """Refuse rows that name no chip and differ in the rule that they match or in the name of their instance."""
    labels = {label: rows for label, rows in reader.labels.items() if label}
    if chip or chip_option or len(labels) < 2:
        return
    listed = ", ".join(f"{quote_cell(label)} ({format_count(rows, 'row')})" for label, rows in labels.items())
    reader.records.refuse(
        f"names no chip, and its rows differ: {listed}; name their one `chip`, or take apart the rows of several"
    )


def _build_prior_set(reader: FocusReader, records: Records, chip: str, chip_option: str, model: str | None) -> PriorSet:
    notes: list[Note] = reader.notes()
    priors: list[RecordPrior] = []
    groups: list[str] = []
    if reader.chip_rows:
        priors += _gpu_priors(reader, chip, chip or chip_option, notes)
        groups.append(chip)
    if reader.tokens.sums:
        name = _select_model(reader, records, model)
        begin, end = reader.periods[f"tokens of {name}"]
        tokens = reader.tokens.priors(name, _period_text(begin, end), notes)
        priors += [replace(prior, date=_last_day(end)) for prior in tokens]
        groups.append(f"tokens of {name}")
    elif model:
        raise InvalidValueError(f"--model {model!r}: the bill has no tokens")
    if not priors:
        reasons = [*map(str, [*records.notes, *notes]), records.describe_skipped()]
        records.refuse(f"gives no price of a GPU-hour: {'; '.join(reasons)}{reader.explain_empty()}")
    last_day = max(_last_day(reader.periods[group][1]) for group in groups)
    all_notes = [records.usage_note(), *records.reading_notes(), *notes]
    return make_prior_set(records, priors, last_day, all_notes, groups[0] if len(groups) == 1 else None)


def _select_model(reader: FocusReader, records: Records, model: str | None) -> str:
    """Return the model whose tokens are used, and count those of others as left out; refuse a bill of several."""
    models = reader.tokens.models
    wanted = " ".join((model or "").casefold().split())
    matches = [name for name in models if wanted in name.casefold()] if model else list(models)
    exact = [name for name in matches if name.casefold() == wanted]
    matches = exact or matches
    if len(matches) != 1:
        problem = f"has no tokens of {model!r}" if model and not matches else "has tokens of several models"
        records.refuse(f"{problem}: {join_counts(models)}; choose one with --model")
    for name, rows in models.items():
        if name != matches[0]:
            records.drop(f"tokens of another model, {name}", rows)
    return matches[0]


def _last_day(end: datetime) -> str:
    return (end - timedelta(seconds=1)).date().isoformat()


def _period_text(begin: datetime, end: datetime) -> str:
    return f"{begin.date().isoformat()} to {_last_day(end)}"


def _gpu_priors(reader: FocusReader, chip: str, chip_name: str, notes: list[Note]) -> list[RecordPrior]:
    """Return the prices of a chip and its idle commitments, with notes."""
    begin, end = reader.periods[chip]
    last_day, period = _last_day(end), _period_text(begin, end)
    name = reader.records.path.name
    known_chip = chip_name if is_library_chip(chip_name) else ""
    if not chip:
        reading = f"taken as {chip_name}" if chip_name else "prices are over all GPUs billed"
        notes.append(Note("no-chip", name, f"no row names a chip: {reading}"))
        labels = [label for label in reader.labels if label]
        if len(labels) > 1:
            listed = ", ".join(map(quote_cell, labels))
            notes.append(Note("rows-differ", name, f"look at this: rows of {listed} are taken as one chip"))
    notes += note_unknown_chips(reader.chip_rows, name)
    priors = _price_priors(reader, chip, chip_name, period, last_day, notes)
    priors = [replace(prior, chip=known_chip) for prior in priors]
    idle = _idle(reader, chip, period, notes)
    if idle is not None:
        priors.append(RecordPrior("idle_factor", {"value": idle[0]}, "1", idle[1], date=last_day))
    notes += _use_notes(priors, known_chip, idle is not None)
    return priors


def _use_notes(priors: Sequence[RecordPrior], chip: str, has_idle: bool) -> list[Note]:
    """Return notes on how a scenario uses the priors."""
    notes = []
    if {"on_demand_price", "rental_price"} <= {prior.quantity for prior in priors}:
        text = (
            "rental_price takes precedence over on_demand_price whatever the commitment; `without: rental_price` leaves it out"
        )
        notes.append(Note("precedence", "rental_price", text))
    if has_idle:
        text = (
            "idle_factor acts on capacity under contract that other work shares: `commitment: one-year`, `reservation: shared`"
        )
        notes.append(Note("shared-reservation", "idle_factor", text))
    if chip and priors:
        notes.append(Note("chip-of-prices", chip, f"prices are for {chip}: use them in a scenario with `chip: {chip}`"))
    return notes


def _price_priors(
    reader: FocusReader, chip: str, chip_name: str, period: str, last_day: str, notes: list[Note]
) -> list[RecordPrior]:
    """Return the prior of the price of each pricing category that the bill has for a chip."""
    priors = []
    for pricing, quantity in QUANTITIES.items():
        bill = reader.bills.get((chip, pricing))
        if bill is not None and bill.prices:
            prior = _price(bill, pricing, quantity, chip_name, period, notes)
            if prior is not None:
                priors.append(replace(prior, date=last_day))
    return priors


def _price(bill: Bill, pricing: str, quantity: str, chip: str, period: str, notes: list[Note]) -> RecordPrior | None:
    """Return the prior of the prices of one category, net of its corrections, or None where they leave no cost."""
    positive_sums = {key: sums for key, sums in bill.prices.items() if min(sums) > 1e-9}
    unmatched_hours = -sum(hours for hours, _ in bill.prices.values() if hours < -1e-9)
    if unmatched_hours > 0:
        amount = format_significant(unmatched_hours)
        text = f"{pricing}: corrections of {amount} GPU-hours match no usage at their price here, and do not count"
        notes.append(Note("unmatched-corrections", quantity, text))
    hours, cost = (math.fsum(sums[i] for sums in positive_sums.values()) for i in (0, 1))
    net = (cost + bill.corrected) / cost if positive_sums else 0.0
    if net <= 0:
        notes.append(Note("no-price", quantity, f"{pricing}: corrections leave no cost, so there is no price"))
        return None
    if bill.corrected:
        amount = format_significant(bill.corrected)
        text = f"{pricing}: corrections of {amount} USD without a quantity are distributed over all its hours"
        notes.append(Note("distributed-corrections", quantity, text))
    prices = {key: sums[1] / sums[0] * net for key, sums in positive_sums.items()}
    mean_price = cost * net / hours
    grade = "A"
    if max(prices.values()) <= min(prices.values()) * _ONE_PRICE:
        distribution, description, grade = *_about_one_price(mean_price), "B"
        text = f"{pricing}: {description}; write the price as one number if a contract fixes it"
        notes.append(Note("no-spread", quantity, text))
    else:
        distribution, description = empirical_distribution((prices[key], sums[0]) for key, sums in positive_sums.items())
    median = sorted(prices.values())[len(prices) // 2]
    for key, price in prices.items():
        if not median / _OUTLIER < price < median * _OUTLIER:
            text = (
                f"look at this: {format_significant(price)} USD/chip/hour in line {bill.lines[key]}, "
                f"where the median is {format_significant(median)}"
            )
            notes.append(Note("outlier", quantity, text))
    if pricing != "dynamic":
        notes += warn_far_from_library(chip, "on_demand_price", PRICE, mean_price)
    about = (
        f"Own bill{f', {chip}' if chip else ''}, {pricing} pricing: mean of {mean_price:.6g} USD per GPU-hour; "
        f"{format_count(bill.rows, 'row')}, {hours:,.6g} GPU-hours, {period}; {description}, weighted by hours"
    )
    return RecordPrior(quantity, distribution, PRICE.text, about, grade=grade)


def _about_one_price(price: float) -> tuple[Distribution, str]:
    """Return the distribution of a price of which a bill has one: the dispersion of the market about it, as for one quote."""
    library_quantity, row = _LIBRARY_PRICE
    quantiles = predictive_quantiles([math.log(price)], library_scale(library_quantity, row, PRICE, math.log))
    description = f"one price only: the dispersion of the library's {library_quantity}/{row} is used about it"
    return quantile_distribution(quantiles, exp_rounded), description


def _idle(reader: FocusReader, chip: str, period: str, notes: list[Note]) -> tuple[float, str] | None:
    """Return the cost of all committed GPUs over that of the used ones, with its description, or None."""
    bill = reader.bills.get((chip, "committed"))
    if reader.status is None or bill is None:
        return None
    used_cost = math.fsum(cost for _, cost in bill.prices.values()) + bill.corrected
    if used_cost <= 0:
        text = "idle_factor is not available: there is no used commitment beside the unused one"
        notes.append(Note("no-idle-factor", "idle_factor", text))
        return None
    factor = float(f"{(used_cost + bill.unused) / used_cost:.6g}")
    if factor < 1:
        text = "idle_factor is not available: corrections exceed the cost of unused commitments"
        notes.append(Note("no-idle-factor", "idle_factor", text))
        return None
    amounts = f"USD {used_cost:,.0f} used, {bill.unused:,.0f} idle, {period}"
    return factor, f"Own bill: cost of all committed GPUs over that of used ones; {amounts}"
