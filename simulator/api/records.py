"""From your own records to priors: bills, energy logs, runs, quotes and token prices."""

import datetime
from collections.abc import Mapping

from simulator.api.arguments import short
from simulator.api.values import Amount, File, Names, date_text, file_of, flag, names_of, positive, share
from simulator.core.suggestions import InvalidValueError
from simulator.records import PriorSet, codecarbon, focus, quotes, runs, token_prices
from simulator.records.gpus import GpuRule


def priors_from_focus(
    path: File,
    *,
    chip: str | None = None,
    gpus_per_row: Names = (),
    rates: Mapping[str, Amount] | None = None,
    only_usd: bool = False,
    service_categories: Names = (),
    model: str | None = None,
) -> PriorSet:
    """Make priors of GPU prices and of idle time from a bill in FOCUS, the FinOps Open Cost and Usage Specification.

    Parameters
    ----------
    path : path
        The bill (CSV).
    chip : str or None
        Use the rows of this chip.
    gpus_per_row : str or iterable of str
        Rules for the number of GPUs of a row, for exports without details of the SKU: ``COLUMN``, ``COLUMN/REGEX`` with one
        group, or ``COLUMN/REGEX=8``.
    rates : mapping of str to float, optional
        Units of another currency for one USD: ``{"EUR": 0.86}``.
    only_usd : bool, default False
        Ignore rows in other currencies.
    service_categories : str or iterable of str
        Service categories whose rows count, besides Compute and AI and Machine Learning.
    model : str or None
        Use the tokens of this model.

    Returns
    -------
    PriorSet
        Priors of ``on_demand_price``, ``rental_price``, ``spot_price`` (USD per chip-hour) and ``idle_factor``, and of
        ``input_price`` and ``output_price`` (USD per million tokens) where the bill has tokens;
        ``save("prices.yaml")`` writes a file that a scenario can extend.

    Raises
    ------
    InvalidInputError
        With the issues of the file.
    InvalidValueError
        If an option is invalid.

    Examples
    --------
    >>> import llmcost
    >>> from pathlib import Path
    >>> row = {
    ...     "BilledCost": "480", "BillingCurrency": "USD", "ChargeCategory": "Usage", "ChargeClass": "",
    ...     "ChargePeriodStart": "2026-02-01T00:00:00Z", "ChargePeriodEnd": "2026-02-01T01:00:00Z",
    ...     "ServiceCategory": "Compute", "ConsumedQuantity": "20", "ConsumedUnit": "Hours", "EffectiveCost": "480",
    ...     "PricingCategory": "Standard", "CommitmentDiscountStatus": "", "Shape": "8",
    ... }
    >>> _ = Path("bill.csv").write_text(",".join(row) + chr(10) + ",".join(row.values()) + chr(10))
    >>> bill = llmcost.priors_from_focus("bill.csv", gpus_per_row="Shape")
    >>> [(prior.quantity, prior.distribution["quantiles"]["p50"]) for prior in bill.priors]
    [('on_demand_price', 3.0)]

    """
    rules = [_rule(text) for text in names_of(gpus_per_row, "gpus_per_row")]
    categories = names_of(service_categories, "service_categories")
    return focus.read(
        file_of(path, "path"),
        _name(chip, "chip"),
        rules,
        _rates(rates),
        flag(only_usd, "only_usd"),
        categories,
        _name(model, "model"),
    )


def priors_from_codecarbon(path: File, *, chip: str | None = None) -> PriorSet:
    """Make priors of power, grid intensity and PUE from the `emissions.csv` of codecarbon.

    Parameters
    ----------
    path : path
        The file.
    chip : str or None
        Use the rows of this chip.

    Returns
    -------
    PriorSet
        Priors of ``average_power`` (kW per chip), ``grid_intensity`` (g per kWh) and ``pue``.

    Raises
    ------
    InvalidInputError
        With the issues of the file.

    Notes
    -----
    Energies that include a configured PUE are divided by it, and the PUE becomes a prior of its own.

    Examples
    --------
    >>> import llmcost
    >>> from pathlib import Path
    >>> columns = {
    ...     "timestamp": "2026-02-01T10:00:00", "run_id": "a", "duration": "3600", "emissions": "2.8", "gpu_energy": "4.8",
    ...     "energy_consumed": "5.6", "codecarbon_version": "3.0.0", "gpu_count": "8", "gpu_model": "8 x NVIDIA H100 80GB HBM3",
    ... }
    >>> _ = Path("emissions.csv").write_text(",".join(columns) + chr(10) + ",".join(columns.values()) + chr(10))
    >>> [prior.quantity for prior in llmcost.priors_from_codecarbon("emissions.csv").priors]
    ['average_power', 'grid_intensity']

    """
    return codecarbon.read(file_of(path, "path"), _name(chip, "chip"))


def priors_from_runs(path: File, *, chip: str | None = None, mfu_column: str | None = None) -> PriorSet:
    """Make priors of utilisation from a table of training runs.

    Parameters
    ----------
    path : path
        The table (CSV), with one row per run. Columns, all optional: chip, chips, hours or chip_hours, active_parameters,
        tokens, mfu, goodput; headers may give units, as in ``duration (day)``.
    chip : str or None
        Use the rows of this chip.
    mfu_column : str or None
        The column of MFU, if it has another name.

    Returns
    -------
    PriorSet
        Priors of ``mfu``, ``goodput`` and ``effective_utilisation``, as far as the columns allow.

    Raises
    ------
    InvalidInputError
        With the issues of the file.

    Examples
    --------
    >>> import llmcost
    >>> from pathlib import Path
    >>> _ = Path("runs.csv").write_text("chip,mfu" + chr(10) + "H100,0.38" + chr(10) + "H100,0.42" + chr(10))
    >>> [prior.quantity for prior in llmcost.priors_from_runs("runs.csv").priors]
    ['mfu']

    """
    return runs.read(file_of(path, "path"), _name(chip, "chip"), _name(mfu_column, "mfu_column"))


def priors_from_quotes(
    path: File,
    *,
    chip: str | None = None,
    term: str | None = None,
    rates: Mapping[str, Amount] | None = None,
    channel: str | None = None,
    price_columns: Names = (),
) -> PriorSet:
    """Make priors of prices from a table of quotes.

    Parameters
    ----------
    path : path
        The table (CSV), with one row per quote. Columns: chip (or instance), price, unit (USD/chip/hour, USD/server/hour,
        USD/chip, USD/server); optional: currency, chips (per server), term, channel, vendor, date. Units may stand in the
        names of columns (``price_usd_per_gpu_hour``), and prices of several terms side by side.
    chip : str or None
        Use the rows of this chip.
    term : str or None
        Use the rents of this term: ``"on demand"``, ``"12 months"``, ``"spot"``.
    rates : mapping of str to float, optional
        Units of another currency for one USD: ``{"EUR": 0.86}``.
    channel : {"neocloud", "hyperscaler", "marketplace"} or None
        Use the quotes of this channel.
    price_columns : str or iterable of str
        Columns of prices, if their names do not say so: ``NAME`` or ``NAME=UNIT``.

    Returns
    -------
    PriorSet
        Priors of rents (USD per chip-hour): ``on_demand_price``, ``spot_price``, ``rental_price`` for one contract term, or
        ``one_year_price``, ``three_year_price`` and ``block_price`` for several; of ``chip_price`` or ``server_price`` (USD).

    Raises
    ------
    InvalidInputError
        With the issues of the file.
    InvalidValueError
        If an option is invalid.

    Notes
    -----
    The prior is the Student t of the next quote on the logarithm (Gelman et al., Bayesian Data Analysis, 2013, 3.3), never
    narrower than the sample; quotes of one vendor count as one.

    Examples
    --------
    >>> import llmcost
    >>> from pathlib import Path
    >>> rows = ["vendor,chip,price (USD/chip/hour),term", "North,H100,2.10,1 year", "South,H100,2.45,1 year"]
    >>> _ = Path("quotes.csv").write_text(chr(10).join(rows))
    >>> prices = llmcost.priors_from_quotes("quotes.csv")
    >>> [prior.quantity for prior in prices.priors]
    ['rental_price']
    >>> prices.save("prices.yaml")

    """
    return quotes.read(
        file_of(path, "path"),
        _name(chip, "chip"),
        _name(term, "term"),
        _rates(rates),
        _name(channel, "channel"),
        names_of(price_columns, "price_columns"),
    )


def priors_from_token_prices(
    path: File,
    *,
    model: str | None = None,
    date: datetime.date | str | None = None,
    batch: bool = False,
    prompt_tokens: float | None = None,
    cached_share: Amount = 0.0,
) -> PriorSet:
    """Make priors of the prices of tokens from a price list of language-model APIs.

    Parameters
    ----------
    path : path
        The list: JSON, which is read by its structure (LiteLLM, OpenRouter, models.dev, llm-prices, genai-prices and the like),
        or CSV with a row for each model: ``model``, ``provider``, ``input_usd_per_mtok``, ``cache_read_usd_per_mtok``,
        ``cache_write_usd_per_mtok``, ``output_usd_per_mtok``, ``condition``, ``tier``.
    model : str or None
        The model, as in the list or as ``provider/model``; None where the list has one.
    date : datetime.date, str or None
        The day on which the prices hold; today by default.
    batch : bool, default False
        Prices of requests in batches.
    prompt_tokens : float or None
        Tokens of a prompt, for lists with tiers of long prompts.
    cached_share : float, default 0
        Share of the prompt that the provider reads from its cache: ``input_price`` becomes that of the mixture.

    Returns
    -------
    PriorSet
        Priors of ``input_price`` and ``output_price``, USD per million tokens; notes name the other prices.

    Raises
    ------
    InvalidInputError
        With the issues of the file.
    InvalidValueError
        If an option is invalid.

    Examples
    --------
    >>> import llmcost
    >>> from pathlib import Path
    >>> prices = '{"m-1": {"input_cost_per_token": 3e-6, "output_cost_per_token": 15e-6, "cache_read_input_token_cost": 3e-7}}'
    >>> _ = Path("list.json").write_text(prices)
    >>> list_prices = llmcost.priors_from_token_prices("list.json", cached_share=0.8)
    >>> [(prior.quantity, prior.distribution["value"]) for prior in list_prices.priors]
    [('input_price', 0.84), ('output_price', 15.0)]

    """
    options = token_prices.TokenOptions(
        model=_name(model, "model"),
        date=date_text(date, "date"),
        is_batch=flag(batch, "batch"),
        prompt_tokens=0.0 if prompt_tokens is None else positive(prompt_tokens, "prompt_tokens"),
        cached_share=share(cached_share, "cached_share"),
    )
    return token_prices.read(file_of(path, "path"), options)


def _name(text: str | None, name: str) -> str | None:
    return None if text is None else names_of(text if isinstance(text, str) else [text], name)[0]


def _rule(text: str) -> GpuRule:
    try:
        return GpuRule.parse(text)
    except ValueError as error:
        raise InvalidValueError(f"gpus_per_row: {text!r}: {error}") from None


def _rates(rates: Mapping[str, Amount] | None) -> dict[str, float]:
    """Return exchange rates by the code of a currency in capital letters."""
    if rates is None:
        return {}
    if not isinstance(rates, Mapping):
        raise InvalidValueError(f"rates must map currencies to units for one USD, as in {{'EUR': 0.86}}, not {short(rates)}")
    found = {}
    for code, rate in rates.items():
        if not (isinstance(code, str) and len(code) == 3 and code.isalpha() and code.isascii()):
            raise InvalidValueError(f"rates: {short(code)} is no code of a currency, such as 'EUR'")
        found[code.upper()] = positive(rate, f"rates: {code}")
    if found.get("USD", 1.0) != 1:
        raise InvalidValueError("rates: the rate of USD is 1")
    return found
