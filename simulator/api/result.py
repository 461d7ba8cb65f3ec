"""The result of a run: its figures, draws, figures to look at, and files."""

import os
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, overload

import numpy as np
from numpy.typing import NDArray

from simulator.api.arguments import Probabilities, interval_level, probabilities_of, short
from simulator.api.run_data import RunData
from simulator.core.errors import UnsupportedError
from simulator.core.formatting import format_median_and_interval, one_line, to_words
from simulator.core.levels import Level
from simulator.core.results import Note, html_table
from simulator.core.suggestions import InvalidValueError
from simulator.engine.scenario import TOTAL, Scenario
from simulator.io.run_summary import RunSummary

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr
    from matplotlib.figure import Figure


class Result:
    """The result of `run`, or of a file that `load` has read.

    A file holds less than a run: `.nc` the draws and the summary, `.json` the summary. What it lacks is refused with
    `UnsupportedError`, which says what to do.

    Parameters
    ----------
    data : RunData
        What the result is read from.

    See Also
    --------
    run : Simulate a scenario.
    load : Read a saved result.

    Examples
    --------
    >>> import llmcost
    >>> result = llmcost.run("gpt-4", draws=2000)
    >>> result.quantile(0.8) > result.quantile(0.5)
    True
    >>> result.samples("chips").shape
    (2000,)

    """

    def __init__(self, data: RunData) -> None:
        self._data = data

    def __repr__(self) -> str:
        data = self._data
        state = f", {data.state}" if data.state else ""
        return f"<Result of {one_line(data.title)}, {data.draws:,} draws, seed {data.seed}, {data.method}{state}>"

    def _repr_html_(self) -> str:
        """Return the headline and a table of total and lines for a notebook."""
        try:
            summary = self.summary()
        except UnsupportedError:
            return f"<p>{escape(repr(self))}</p>"
        quantities = [(to_words(name), summary.quantities[name]) for name in (TOTAL, *summary.lines)]
        rows = [(name, *format_median_and_interval(each, each.unit)) for name, each in quantities]
        return html_table(summary.headline, ("", "median", summary.header.interval_name), rows)

    @property
    def scenario(self) -> Scenario:
        """The scenario of the run; a loaded file has none and raises `UnsupportedError`."""
        return self._data.scenario()

    @property
    def draws(self) -> int:
        """Number of draws."""
        return self._data.draws

    @property
    def seed(self) -> int:
        """Seed of the random draws."""
        return self._data.seed

    @property
    def method(self) -> str:
        """Sampling method: `random`, `sobol` or `lhs`."""
        return self._data.method

    @property
    def interval(self) -> float:
        """Level of the central intervals, 0 to 1."""
        return self._data.interval

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the quantities: total, lines and outcomes first."""
        return self._data.names

    @property
    def notes(self) -> tuple[Note, ...]:
        """What a reader should know about the figures."""
        return self._data.notes

    def headline(self, interval: Level | None = None) -> str:
        """Return the result in one line.

        Parameters
        ----------
        interval : float or str, optional
            Level of the interval, by default that of the run.

        Returns
        -------
        str
            Title, scope, median and interval of the total.

        Raises
        ------
        InvalidValueError
            If `interval` is no level.
        UnsupportedError
            If the result is a file without a summary, or one with another interval.

        Examples
        --------
        >>> import llmcost
        >>> llmcost.run("gpt-4").headline(90)  # doctest: +ELLIPSIS
        'GPT-4, development cost: $...M (90% CI: $...M to $...M)'

        """
        return self.summary(interval).headline

    def summary(self, interval: Level | None = None) -> RunSummary:
        """Return statistics of every quantity, the comparison with the budget, notes and warnings.

        Parameters
        ----------
        interval : float or str, optional
            Level of the central intervals, by default that of the run.

        Returns
        -------
        RunSummary
            `total`, `lines` and `quantities`, each with mean, median, bounds and quantiles in its canonical unit, and their
            Monte Carlo standard errors.

        Raises
        ------
        InvalidValueError
            If `interval` is no level.
        UnsupportedError
            If the result is a file without a summary, or one with another interval.

        Examples
        --------
        >>> import llmcost
        >>> summary = llmcost.run("gpt-4", draws=2000).summary(90)
        >>> summary.header.interval
        90.0
        >>> summary.total.low < summary.total.median < summary.total.high
        True

        """
        return self._data.summary(self.interval if interval is None else interval_level(interval))

    @overload
    def quantile(self, p: Level, name: str = TOTAL) -> float: ...
    @overload
    def quantile(self, p: Probabilities, name: str = TOTAL) -> NDArray[np.float64]: ...
    def quantile(self, p: Level | Probabilities, name: str = TOTAL) -> float | NDArray[np.float64]:
        """Return quantiles of a quantity.

        Parameters
        ----------
        p : float, str or sequence of them
            Probability of a value not above the quantile: `0.9`, `90` and `"90%"` are the same.
        name : str, optional
            Name of the quantity, by default the total.

        Returns
        -------
        float or ndarray of float, shape (len(p),)
            In the canonical unit of the quantity.

        Raises
        ------
        InvalidValueError
            If `p` is no probability, or there is no such quantity.
        UnsupportedError
            If the result is a saved summary, which has some quantiles only.

        Examples
        --------
        >>> import llmcost
        >>> result = llmcost.run("gpt-4", draws=2000)
        >>> result.quantile("80%") == result.quantile(0.8)
        True
        >>> result.quantile([0.1, 0.5, 0.9], "chips").shape
        (3,)

        """
        name = self._data.check_name(name)
        probabilities, is_single = probabilities_of(p)
        values = self._data.quantiles(name, probabilities)
        return values[0] if is_single else np.array(values, dtype=np.float64)

    def samples(self, name: str = TOTAL) -> NDArray[np.float64]:
        """Return the draws of a quantity; equal positions of different quantities belong to the same draw.

        Draws that were not kept are simulated again with the same seed, which gives the same numbers.

        Parameters
        ----------
        name : str, optional
            Name of the quantity, by default the total.

        Returns
        -------
        ndarray of float, shape (draws,)
            In the canonical unit of the quantity; read-only.

        Raises
        ------
        InvalidValueError
            If there is no such quantity.
        UnsupportedError
            If the draws do not fit into memory, the result is a saved summary, or an interrupted run cannot be repeated.

        Examples
        --------
        >>> import llmcost
        >>> result = llmcost.run("gpt-4", draws=2000)
        >>> bool((result.samples() >= result.samples("staff_cost")).all())
        True

        """
        argument: object = name
        if isinstance(argument, list | tuple):
            raise InvalidValueError("samples returns one quantity; `samples_dataframe` has a column for each of several")
        values = self._data.samples(self._data.check_name(name)).view()
        values.flags.writeable = False
        return values

    def samples_dataframe(self, names: str | Iterable[str] | None = None) -> "pd.DataFrame":
        """Return the draws of several quantities as a data frame.

        Draws that were not kept are simulated again together, in one run, and kept.

        Parameters
        ----------
        names : str or iterable of str, optional
            Names of the quantities, by default all.

        Returns
        -------
        pandas.DataFrame
            One row per draw and one column per quantity, in its canonical unit.

        Raises
        ------
        InvalidValueError
            If there is no such quantity.
        UnsupportedError
            As for `samples`.

        Examples
        --------
        >>> import llmcost
        >>> draws = llmcost.run("gpt-4", draws=2000).samples_dataframe(["chip_price", "total_cost"])
        >>> draws.shape
        (2000, 2)
        >>> bool(draws["total_cost"].corr(draws["chip_price"], method="spearman") > 0)
        True

        """
        import pandas as pd

        listed = tuple(dict.fromkeys(self.names if names is None else self._data.check_names(names)))
        return pd.DataFrame(self._data.samples_of(listed), columns=list(listed))

    def to_xarray(self, names: str | Iterable[str] | None = None) -> "xr.DataTree":
        """Return draws as an xarray tree in the groups of the ArviZ schema.

        Parameters
        ----------
        names : str or iterable of str, optional
            Names of the quantities, by default all.

        Returns
        -------
        xarray.DataTree
            Groups `prior` (inputs) and `prior_predictive` (computed quantities), each with dimensions (chain, draw) and one
            chain. Each variable has its unit, role and sources as attributes.

        Raises
        ------
        InvalidValueError
            If there is no such quantity.
        UnsupportedError
            If the draws do not fit into memory, or the result is a saved summary.

        Examples
        --------
        >>> import llmcost
        >>> tree = llmcost.run("gpt-4", draws=2000).to_xarray(["chips", "total_cost"])
        >>> tree["prior"]["chips"].attrs["units"]
        'chip'
        >>> tree["prior_predictive"]["total_cost"].shape
        (1, 2000)

        """
        return self._data.tree(None if names is None else self._data.check_names(names))

    def to_dataframe(self) -> "pd.DataFrame":
        """Return the summary as a data frame.

        Returns
        -------
        pandas.DataFrame
            One row per quantity, in its canonical unit; draws are in `samples` and `to_xarray`.

        Raises
        ------
        UnsupportedError
            If the result is a file without a summary.

        Examples
        --------
        >>> import llmcost
        >>> table = llmcost.run("gpt-4", draws=2000).to_dataframe().set_index("quantity")
        >>> table.loc["total_cost", "unit"]
        'USD'

        """
        return self.summary().to_dataframe()

    def plot(
        self,
        kind: str = "histogram",
        *,
        others: "Result | Sequence[Result]" = (),
        of: str | None = None,
        cost: float | str | None = None,
        latest: float | str | None = None,
        when: str | None = None,
    ) -> "Figure":
        """Draw a figure of the run.

        Parameters
        ----------
        kind : str, optional
            `histogram`, `s-curve`, `breakdown`, `contingency`, `bridge`, `risks`, `cashflow`, `joint`, `tornado`, `spider`,
            `variance`, `shapley`, `correlation`, `levers`, `stress`, `reverse`, `convergence` or `prior`; with `others` also
            `overlay`, `cdf`, `intervals` and `difference`.
        others : Result or sequence of Result, optional
            Results to compare with, for `overlay`, `cdf`, `intervals`, `difference` and `bridge`.
        of : str, optional
            The prior of `prior`, or the quantity that `joint` uses as date.
        cost : float or str, optional
            The cost limit of `joint`, USD; by default the budget, or the P70.
        latest : float or str, optional
            The time limit of `joint`, hours, or with a unit, as in `18 month`; by default the P70.
        when : str, optional
            The condition of `reverse`, such as `total_cost > 200e6`; by default above the budget, or the P80.

        Returns
        -------
        matplotlib.figure.Figure Drawn from the draws of the run, or where a kind needs others, from at most 1,000,000 draws
        with the same seed. A file with draws has `histogram`, `s-curve`, `breakdown`, `convergence`, `overlay`, `cdf`,
        `intervals` and `difference`.

        Raises
        ------
        InvalidValueError
            If there is no such kind, or an option does not apply to it.
        UnsupportedError
            If the result is a file that lacks what the figure needs, or its scenario does.

        Examples
        --------
        >>> import llmcost
        >>> figure = llmcost.run("gpt-4", draws=2000).plot("s-curve")
        >>> figure.savefig("s-curve.png")  # doctest: +SKIP

        """
        from simulator.api.plots import PlotOptions, draw_result

        argument: object = others
        is_several = isinstance(argument, Iterable) and not isinstance(argument, str | os.PathLike | Mapping)
        compared: list[RunData] = []
        for each in argument if is_several and isinstance(argument, Iterable) else (argument,):
            if not isinstance(each, Result):
                hint = f"; run it first: `llmcost.run({each!r})`" if isinstance(each, str) else ""
                raise InvalidValueError(f"others must be results of `run`, not {short(each)}{hint}")
            compared.append(each._data)
        return draw_result(kind, self._data, compared, PlotOptions(of, cost, latest, when))

    def save(self, path: str | os.PathLike[str], interval: Level | None = None) -> None:
        """Save the result to a file, which is written completely or not at all.

        Parameters
        ----------
        path : str or path-like
            `FILE.nc` for the draws of every quantity with the summary, `FILE.json` for the summary, `FILE.csv` for its table.
        interval : float or str, optional
            Level of the central intervals of a summary, by default that of the run.

        Raises
        ------
        InvalidInputError
            If the file cannot be written.
        InvalidValueError
            If the suffix is none of these, or `interval` is no level.
        UnsupportedError
            If the result is a file that lacks what is to be saved, or the draws do not fit into memory.

        See Also
        --------
        load : Read a saved result.
        workbook : Write a result as an Excel workbook.

        Examples
        --------
        >>> import llmcost
        >>> llmcost.run("gpt-4", draws=2000).save("gpt-4.json")  # doctest: +SKIP

        """
        from simulator.api.files import write

        write(self, path_of(path), self.interval if interval is None else interval)


def path_of(path: str | os.PathLike[str]) -> Path:
    """Return a path; raise `InvalidValueError` for what is none."""
    if not isinstance(path, str | os.PathLike) or not isinstance(os.fspath(path), str) or not os.fspath(path):
        raise InvalidValueError(f"a file is named by a path, not {short(path)}")
    return Path(path)
