"""Summary statistics by their definitions, in plain numpy."""

import math

import numpy as np


def quantile_error(values, p):
    """Half the distance of the quantiles one standard error of the rank to either side."""
    step = math.sqrt(p * (1 - p) / len(values))
    low, high = np.quantile(values, [max(0, p - step), min(1, p + step)])
    return (high - low) / 2


def probability_error(p, count):
    """Standard error of a probability."""
    return math.sqrt(p * (1 - p) / count)


def standard_error(values):
    """Standard error of the mean."""
    return values.std(ddof=1) / math.sqrt(len(values))


def bounds(interval):
    """Probabilities of the bounds of a central interval (a share)."""
    return (1 - interval) / 2, (1 + interval) / 2


def summary(path, values_of, has_mean=lambda draws, figure: draws.has_mean):
    """Return the functions of summary statistics by path; `values_of` takes the draws and the figure."""

    def of(function, *, is_mean=False):
        def recompute(draws, figure):
            return None if is_mean and not has_mean(draws, figure) else function(values_of(draws, figure), draws, figure)

        return recompute

    def low(draws):
        return bounds(draws.case.interval)[0]

    def high(draws):
        return bounds(draws.case.interval)[1]

    return {
        f"{path}.mean": of(lambda x, *_: math.fsum(x) / len(x), is_mean=True),
        f"{path}.sd": of(lambda x, *_: math.sqrt(np.sum((x - x.mean()) ** 2) / (len(x) - 1)), is_mean=True),
        f"{path}.median": of(lambda x, *_: np.quantile(x, 0.5)),
        f"{path}.low": of(lambda x, draws, _: np.quantile(x, low(draws))),
        f"{path}.high": of(lambda x, draws, _: np.quantile(x, high(draws))),
        f"{path}.quantiles{{}}": of(lambda x, _, figure: np.quantile(x, float(figure.keys[-1]) / 100)),
        f"{path}.mcse.mean": of(lambda x, *_: standard_error(x), is_mean=True),
        f"{path}.mcse.median": of(lambda x, *_: quantile_error(x, 0.5)),
        f"{path}.mcse.low": of(lambda x, draws, _: quantile_error(x, low(draws))),
        f"{path}.mcse.high": of(lambda x, draws, _: quantile_error(x, high(draws))),
    }


ERROR_LABEL = "Monte Carlo standard error of the total's median and interval: up to {}%"


def total_errors(total, interval):
    """The largest relative error of median and interval bounds, in percent."""
    probabilities = (0.5, *bounds(interval))
    return [100 * max(quantile_error(total, p) / abs(np.quantile(total, p)) for p in probabilities)]


def contract(runs_of, prefix=""):
    """Return the functions of the amounts of a contract in notes."""

    def amount(draws):
        values = draws.values
        return values["reserved_chips"] * values["reserved_term"] * values["rental_price"] * values["deflator"]

    def counted(draws):
        values = draws.values
        return (values["reserved_use"] + values["idle_chip_hours"]) * values["rental_price"] * values["deflator"]

    def medians_of(amount):
        return lambda draws, _: [np.median(amount(run)) for run in runs_of(draws) if "reserved_term" in run.values]

    return {
        f"{prefix}the contract obliges to {{}} in all (median)": medians_of(amount),
        "this plan counts {} of it": medians_of(counted),
    }


def header():
    """Return the functions of the figures that say how a result was computed."""
    return {
        "schema": lambda draws, figure: 2,
        "draws": lambda draws, figure: len(draws.total),
        "seed": lambda draws, figure: draws.case.seed,
        "interval": lambda draws, figure: 100 * draws.case.interval,
    }
