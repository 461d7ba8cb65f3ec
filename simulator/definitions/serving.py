"""Definitions of the figures of `llmcost backtest --target serving` and `llmcost calibrate serving`.

They are computed from measured points and not from draws of a scenario.
"""

from simulator.definitions.definition import Definition

BACKTEST, CALIBRATION = "backtest --target serving", "calibrate serving"
NO_DRAWS = {BACKTEST: ("draws", "interval", "seed"), CALIBRATION: ("draws", "interval")}
"""Figures of the header that these outputs lack."""
FOLDS = {
    "targets": "the evidence that --fold names, or models left out",
    "models": "points predicted without their model",
    "later": "points from 2026-02 on predicted from earlier ones",
    "chips": "points predicted without their chip",
}
TERMS = {
    "y": "a measured value",
    "F": "its predicted distribution; of a simpler model under `baselines`",
    "w": "weight of a point: 1 / (number of sweeps x points of its sweep)",
}
"""Terms of the definitions of the backtest."""
_UNIT = "tokens/s/chip, or ms"


def _accuracy_definitions(path: str, fold: str) -> tuple[Definition, ...]:
    """Return the definitions of the scores of one model, for one fold."""
    return (
        Definition(BACKTEST, f"{path}.n", "n", f"number of points; {fold}", "1"),
        Definition(BACKTEST, f"{path}.sweeps", "sweeps", f"number of sweeps to which the points belong; {fold}", "1"),
        Definition(
            BACKTEST, f"{path}.coverage{{}}", "{}",
            f"sum of w over the points with |F(y) - 0.5| <= L / 200; L: the key, percent; {fold}", "1",
        ),
        Definition(
            BACKTEST, f"{path}.crps", "CRPS",
            f"sum of w x integral of (F(x) - 1(x >= ln y))^2 dx, x: natural logarithm of the figure; {fold}", "1",
        ),
        Definition(
            BACKTEST, f"{path}.sharpness", "95% ratio",
            f"exp of the median, weighted by w, of ln(quantile of F at 0.975 / quantile of F at 0.025); {fold}", "1",
        ),
        Definition(
            BACKTEST, f"{path}.pit_histogram[]", "",
            f"sum of w over the points with F(y) in this tenth of 0 to 1; {fold}", "1",
        ),
    )  # fmt: skip


def _cases(path: str, fold: str) -> tuple[Definition, ...]:
    """Return the definitions of the predictions of single points (option --cases)."""
    quantiles = {"low": ("2.5%", 0.025), "median": ("median", 0.5), "high": ("97.5%", 0.975)}
    return (
        Definition(BACKTEST, f"{path}.published", "measured", f"the measured value y; {fold}", _UNIT),
        *(
            Definition(BACKTEST, f"{path}.predicted.{key}", label, f"quantile of F at {p}; {fold}", _UNIT)
            for key, (label, p) in quantiles.items()
        ),
        Definition(BACKTEST, f"{path}.pit", "PIT", f"F(y), the predicted probability of a value up to y; {fold}", "1"),
    )


def _fleets() -> tuple[Definition, ...]:
    """Return the definitions of the predictions of published fleets."""
    quantiles = {"low": ("2.5%", 0.025), "median": ("median", 0.5), "high": ("97.5%", 0.975)}
    title, unit = "Published fleets, which the model is not fitted to", "tokens/s/node, or nodes"
    return (
        Definition(BACKTEST, "fleets[].published", f"{title} | published", "the published figure", unit),
        *(
            Definition(
                BACKTEST, f"fleets[].predicted.{key}", f"{title} | {label}", f"sample quantile of the draws at {p}", unit
            )
            for key, (label, p) in quantiles.items()
        ),
        Definition(BACKTEST, "fleets[].ratio", f"{title} | ratio", "`predicted.median` / `published`", "1"),
    )


DEFINITIONS: tuple[Definition, ...] = (
    Definition(BACKTEST, "schema", "", "version of the layout of the JSON", "1"),
    *(
        each
        for fold, text in FOLDS.items()
        for each in (
            *_accuracy_definitions(f"{fold}{{}}", text),
            *_accuracy_definitions(f"{fold}{{}}.baselines{{}}", f"{text}"),
            *_cases(f"{fold}{{}}.cases[]", text),
        )
    ),
    *_fleets(),
    Definition(CALIBRATION, "schema", "", "version of the layout of the JSON", "1"),
    Definition(CALIBRATION, "seed", "", "seed of the draws that are written for scenarios", "1"),
    Definition(CALIBRATION, "observations", "{} points of {} sweeps", "number of points that the model is fitted to", "1"),
    Definition(CALIBRATION, "sweeps", "{} points of {} sweeps", "number of sweeps to which the points belong", "1"),
    Definition(CALIBRATION, "own", "{} of them own", "number of points of the table of --evidence", "1"),
    Definition(
        CALIBRATION, "sigma{}", "",
        "scale of the Student t of one measurement about its prediction, on the natural logarithm, by target", "1",
    ),
    Definition(
        CALIBRATION, "effects[].factor", "median",
        "exp(m); m: mode of the posterior of the logarithm of an efficiency, mean of that of an effect", "unit of the effect",
    ),
    Definition(
        CALIBRATION, "effects[].low95", "95% CI",
        "exp(m - 1.959964 s); m: as for `factor`, s: standard deviation of a normal posterior", "unit of the effect",
    ),
    Definition(CALIBRATION, "effects[].high95", "95% CI", "exp(m + 1.959964 s); m, s: as for `low95`", "unit of the effect"),
    Definition(
        CALIBRATION, "coverage_95{}", "{name}: {}% inside 95% with their model left out",
        "`models{}.coverage.95` of the backtest, over the library's points and own ones", "1",
    ),
    Definition(
        CALIBRATION, "crps{}", "CRPS {}", "`models{}.crps` of the backtest, over the library's points and own ones", "1"
    ),
)  # fmt: skip
