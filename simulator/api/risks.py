"""The risk register of a scenario."""

from simulator.analysis.risks import risk_register
from simulator.api.arguments import ScenarioLike, run_options, scenario_of
from simulator.core.levels import Level
from simulator.core.scalars import Number
from simulator.engine.options import Progress
from simulator.io.risk_register import RiskRegister


def risks(
    source: ScenarioLike,
    *,
    draws: Number = 100_000,
    seed: Number = 0,
    interval: Level = 0.95,
    threads: Number | None = None,
    progress: Progress = None,
) -> RiskRegister:
    """Return the risk register: probability, impact and expected loss of each risk, and what it contributes to the P80.

    Parameters
    ----------
    source : str, path, mapping, OpenScenario or Scenario
        The scenario; its ``risks`` are the register.
    draws : float, default 100,000
        Number of draws, 2 to 1e6.
    seed, interval, threads, progress
        As in `budget`.

    Returns
    -------
    RiskRegister
        ``risks`` with amounts in USD and their Monte Carlo standard errors, and all of them together.

    Raises
    ------
    UnsupportedError
        For a scenario without risks, or a run under way.
    InvalidInputError, InvalidValueError, NonFiniteResultError
        As in `budget`.

    See Also
    --------
    list_risks : The risks of the library.
    stress : The total with shocks that occur for certain.

    Notes
    -----
    The contribution of a risk to the P80 is the P80 of the total, less the P80 of the total of the same draws in which this
    risk does not occur and everything else is as it was. Contributions to a quantile do not add up.

    Examples
    --------
    >>> import llmcost
    >>> register = llmcost.risks("large", draws=5000)
    >>> risk = next(risk for risk in register.risks if risk.name == "late_start")
    >>> 0 < risk.probability.value < 1, risk.contribution.value > 0
    (True, True)

    """
    return risk_register(scenario_of(source), run_options(draws, seed, interval, threads, progress))
