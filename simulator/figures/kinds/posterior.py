"""The effects of a calibrated model: their priors against their posteriors."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator.core.formatting import format_significant
from simulator.core.levels import Level, in_percent, interval_of
from simulator.core.results import AnalysisResult, Header
from simulator.core.version import tool_version
from simulator.figures.axes import (
    MAX_ROWS,
    add_legend,
    annotate_rows,
    draw_interval,
    hide_minor_ticks,
    omitted_rows_text,
    rows_height,
    set_rows_axis,
)
from simulator.figures.data import FigureRequest, FigureUnavailableError
from simulator.figures.phrases import join_texts, sentence
from simulator.figures.registry import KindFunctions
from simulator.figures.style import INK, MAIN, MUTED, PALE, canvas
from simulator.figures.text import to_plain, to_words

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from simulator.evidence.calibration.summary import Calibration


@dataclass(frozen=True, slots=True)
class FactorInterval:
    """A factor on a quantity.

    Attributes
    ----------
    median : float
    low, high : float
        Bounds of the central interval.

    """

    median: float
    low: float
    high: float

    @property
    def log_width(self) -> float:
        """Width of the interval on the natural logarithm."""
        return math.log(self.high / self.low)


@dataclass(frozen=True, slots=True)
class EffectUpdate:
    """An effect before and after the evidence.

    Attributes
    ----------
    effect : str
        Its term, such as `generation/hopper`.
    prior, posterior : FactorInterval

    """

    effect: str
    prior: FactorInterval
    posterior: FactorInterval

    @property
    def shrinks(self) -> float:
        """Part of the width of the prior's interval, on the logarithm, that the evidence removes."""
        return 1 - self.posterior.log_width / self.prior.log_width


@dataclass(frozen=True, kw_only=True)
class PosteriorFigure(AnalysisResult):
    """The effects of a calibrated model before and after the evidence.

    Attributes
    ----------
    model, about : str
        Its name and what it describes.
    observations : int
        Number of observations.
    effects : tuple of EffectUpdate
        What the evidence tells most of first.

    """

    model: str
    about: str
    observations: int
    effects: tuple[EffectUpdate, ...]


def posterior_table(request: FigureRequest) -> PosteriorFigure:
    """Fit the requested model to the evidence, in closed form."""
    from simulator.evidence.calibration.dataset import MODELS
    from simulator.evidence.calibration.summary import calibrate

    model = request.subject or "utilisation"
    if model not in MODELS:
        raise FigureUnavailableError(f"unknown model {model!r}; choose from {', '.join(MODELS)}")
    return posterior_of(calibrate(model, request.evidence, seed=request.seed), request.interval)


def posterior_of(calibration: "Calibration", interval: Level = 0.95) -> PosteriorFigure:
    """Return the table of a calibration."""
    from scipy.special import stdtrit

    settings, fit, interval = calibration.fit.settings, calibration.fit, interval_of(interval)
    critical = float(stdtrit(settings.sigma_degrees, (1 + interval) / 2))
    effects = []
    for each in calibration.effects:
        half_width = critical * settings.sigma_guess * settings.prior_scale(each.effect)
        mean = settings.prior_mean(each.effect)
        low, median, high = (math.exp(x) for x in fit.interval(each.effect, interval))
        prior = FactorInterval(math.exp(mean), math.exp(mean - half_width), math.exp(mean + half_width))
        effects.append(EffectUpdate(each.effect, prior, FactorInterval(median, low, high)))
    return PosteriorFigure(
        header=Header(title=sentence(calibration.about), interval=in_percent(interval), version=tool_version()),
        model=calibration.model,
        about=calibration.about,
        observations=calibration.observations,
        effects=tuple(sorted(effects, key=lambda effect: -effect.shrinks)),
    )


def draw_posterior(table: PosteriorFigure, date: str) -> "Figure":
    """Draw the prior and the posterior of each effect as a factor, with their intervals."""
    rows = table.effects[:MAX_ROWS]
    figure, axes = canvas(
        table,
        posterior_finding(table),
        f"{to_plain(table.about)}: effects as factors, prior and posterior",
        date,
        height=rows_height(len(rows)),
        remark="A factor of 1 is no effect. On the right: median of the posterior, and the part of the prior's "
        "interval that the "
        f"evidence removes.{omitted_rows_text(table.effects, 'effects')}",
        observations=table.observations,
    )
    for number, effect in enumerate(rows):
        axes.plot([effect.prior.low, effect.prior.high], [number, number], color=PALE, linewidth=9, solid_capstyle="butt",
                  label="prior" if number == 0 else "_prior")  # fmt: skip
        axes.plot([effect.prior.median] * 2, [number - 0.22, number + 0.22], color=MUTED, linewidth=1.4, label="_prior median")
        draw_interval(axes, number, effect.posterior, colour=MAIN)
    axes.plot([], [], color=MAIN, marker="o", linewidth=2.2, label="posterior")
    axes.axvline(1, color=INK, linewidth=0.8, linestyle=":")
    axes.set_xscale("log")
    bounds = [bound for each in rows for bound in (each.prior.low, each.prior.high, each.posterior.low, each.posterior.high)]
    low, high = min(bounds), max(bounds)
    room = (high / low) ** 0.04
    axes.set_xlim(low / room, high * room)
    from matplotlib.ticker import LogLocator

    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if high / low > 8 else (1, 1.5, 2, 3, 5, 7)))
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    hide_minor_ticks(axes.xaxis)
    axes.set_xlabel("factor, logarithmic scale")
    set_rows_axis(axes, [_words(effect.effect) for effect in rows])
    annotate_rows(axes, [f"{format_significant(each.posterior.median)} ({_removed(each)})" for each in rows])
    add_legend(axes)
    return figure


def _removed(effect: EffectUpdate) -> str:
    share = round(100 * effect.shrinks)
    return f"−{share}%" if share > 0 else "not narrower"


def _words(effect: str) -> str:
    group, _, item = effect.partition("/")
    return f"{to_words(group)}: {to_words(item)}" if item else to_words(group)


def posterior_text(table: PosteriorFigure) -> str:
    """Describe the posterior of each effect."""
    texts = [
        f"{_words(each.effect)} {format_significant(each.posterior.median)} ({format_significant(each.posterior.low)} to "
        f"{format_significant(each.posterior.high)})"
        for each in table.effects
    ]
    return f"Priors against posteriors of {to_plain(table.about)}, posterior factors: {join_texts(texts)}."


def posterior_finding(table: PosteriorFigure) -> str:
    """State how much narrower the evidence makes the effect that it tells most of."""
    if not table.effects:
        return f"{table.observations} observations, and no effect that recurs"
    first = table.effects[0]
    if first.shrinks <= 0:
        return f"{table.observations} observations make no effect more certain than its prior"
    return (
        f"{table.observations} observations remove {round(100 * first.shrinks)}% of the uncertainty about "
        f"{_words(first.effect)}"
    )


FUNCTIONS = KindFunctions(posterior_table, draw_posterior, posterior_text, posterior_finding)
