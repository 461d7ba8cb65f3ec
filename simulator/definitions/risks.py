"""Definitions of the figures of a risk register: those of `llmcost risks`, and of the register within `llmcost run`."""

from simulator.definitions.definition import Definition
from simulator.definitions.groups import estimate, header, quantile_error, summary

_OUTPUT = "risks"
_WITHOUT = "total cost of the same draw, computed again with `NAME.occurs` = 0 for this risk and everything else as it is"
_LOSS = f"total cost less {_WITHOUT}; 0 where they differ by at most 1e-9 of the larger one"
WITHOUT_ANY = "total cost of the same draw, computed again with `NAME.occurs` = 0 for all risks"
_HEAVY = "; null where the tail of the total, or of its differences other than 0, is too heavy for a mean"
_INFLUENCE = (
    "sd of (i1 - i0) / sqrt(N), divisor N - 1; i = (0.8 - 1 where x <= q, else 0.8) (q+ - q-) / (2 s) for the total with (1) "
    "and without (0) the risk; q, q+, q-: quantiles of x at 0.8, 0.8 + s and 0.8 - s; s = sqrt(0.8 0.2 / N)"
)


def _loss(output: str, path: str, of: str) -> tuple[Definition, ...]:
    return (
        Definition(output, f"{path}.value", "expected loss", f"sum of x / N; x: {of}{_HEAVY}", "USD"),
        Definition(
            output, f"{path}.error", "expected loss",
            f"standard error of `value`: sqrt(sum of (x - value)^2 / (N - 1) / N); x: {of}{_HEAVY}", "USD",
        ),
    )  # fmt: skip


def _contribution(output: str, path: str, without: str) -> tuple[Definition, ...]:
    return (
        Definition(
            output, f"{path}.value", "of the P80", f"quantile of the total cost at 0.8, less that of the {without}", "USD"
        ),
        Definition(output, f"{path}.error", "of the P80", f"standard error of `value`: {_INFLUENCE}", "USD"),
    )


def _p80(output: str, path: str, of: str, label: str) -> tuple[Definition, ...]:
    return (
        Definition(output, f"{path}.value", label, f"quantile at 0.8 of the {of}", "USD"),
        Definition(output, f"{path}.error", "", f"standard error of `value`: {quantile_error('0.8')}", "USD"),
    )


def register(output: str, prefix: str, draws: str, labels: tuple[str, str] = ("", "")) -> tuple[Definition, ...]:
    """Return the definitions of a register below a path; `draws` says from how many draws it is computed."""
    risk = f"{prefix}risks[]"
    return (
        Definition(output, f"{prefix}register_draws", "risk register from {} draws",
            f"number of draws N of the register: {draws}", "1"),
        *estimate(output, f"{prefix}any_risk", "`NAME.occurs` = 1 for any risk", "probability"),
        *_loss(output, f"{prefix}expected_loss", f"total cost less {WITHOUT_ANY}"),
        *_p80(output, f"{prefix}p80", "total cost", labels[0]),
        *_p80(output, f"{prefix}p80_without", WITHOUT_ANY, labels[1]),
        *_contribution(output, f"{prefix}contribution", WITHOUT_ANY),
        *estimate(output, f"{risk}.probability", "`NAME.occurs` = 1", "probability"),
        *summary(
            output, f"{risk}.impact", f"{_LOSS}, over the N draws in which the risk occurs, `NAME.occurs` = 1", "USD",
            {"median": "impact", "low": "{}% CI", "high": "{}% CI"},
        ),
        *_loss(output, f"{risk}.expected_loss", _LOSS),
        *_contribution(output, f"{risk}.contribution", _WITHOUT),
        Definition(
            output, f"{risk}.delay.value", "median delay",
            "quantile at 0.5 of `NAME.delay_time`, over the draws in which the risk occurs", "hour",
        ),
        Definition(
            output, f"{risk}.delay.error", "", f"standard error of `value`: {quantile_error('0.5')}, N being the number of "
                "these draws", "hour",
        ),
    )  # fmt: skip


DEFINITIONS: tuple[Definition, ...] = (
    *header(_OUTPUT),
    *register(_OUTPUT, "", "`draws`"),
)
