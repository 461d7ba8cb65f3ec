"""From your own records to priors: bills, energy logs, runs and quotes."""

from collections.abc import Mapping

from simulator.api.arguments import short
from simulator.api.values import Amount, File, Names, file_of, flag, names_of, positive
from simulator.core.suggestions import InvalidValueError
from simulator.records import PriorSet, codecarbon, focus, quotes, runs
from simulator.records.gpus import GpuRule


def priors_from_focus(
    path: File,
    *,
    chip: str | None = None,
    gpus_per_row: Names = (),
    rates: Mapping[str, Amount] | None = None,
    only_usd: bool = False,
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

    Returns
    -------
    PriorSet
        Priors of ``on_demand_price``, ``rental_price``, ``spot_price`` (USD per chip-hour) and ``idle_factor``;
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
    return focus.read(file_of(path, "path"), _name(chip, "chip"), rules, _rates(rates), flag(only_usd, "only_usd"))


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
    path: File, *, chip: str | None = None, term: str | None = None, rates: Mapping[str, Amount] | None = None
) -> PriorSet:
    """Make priors of prices from a table of quotes.

    Parameters
    ----------
    path : path
        The table (CSV), with one row per quote. Columns: chip, price, unit (USD/chip/hour, USD/server/hour, USD/chip,
        USD/server); optional: currency, chips (per server), term, vendor, date.
    chip : str or None
        Use the rows of this chip.
    term : str or None
        Use the rents of this term: ``"on demand"``, ``"12 months"``, ``"spot"``.
    rates : mapping of str to float, optional
        Units of another currency for one USD: ``{"EUR": 0.86}``.

    Returns
    -------
    PriorSet
        A prior of ``rental_price`` (USD per chip-hour), ``chip_price`` or ``server_price`` (USD).

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
    return quotes.read(file_of(path, "path"), _name(chip, "chip"), _name(term, "term"), _rates(rates))


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
