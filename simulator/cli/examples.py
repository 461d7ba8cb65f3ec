"""Examples in the help of each command; a test parses every one."""

EXAMPLES: dict[str, tuple[str, ...]] = {
    "run": (
        "llmcost run gpt-4",
        "llmcost run gpt-4 --budget 150e6 --fail-above 20%",
        "llmcost run plan.yaml --set chips=8192 -o result.json",
    ),
    "budget": ("llmcost budget gpt-4 --budget 150e6", "llmcost budget gpt-4 --confidence 95%"),
    "sensitivity": ("llmcost sensitivity gpt-4", "llmcost sensitivity gpt-4 --method shapley"),
    "report": ("llmcost report gpt-4 -o gpt-4-report", "llmcost report Own=gpt-4 Rent=gpt-4:basis=rented -o comparison"),
    "explore": ("llmcost explore gpt-4 -o explorer.html",),
    "figure": ("llmcost figure s-curve gpt-4 --budget 150e6 -o curve.svg",),
    "cashflow": ("llmcost cashflow gpt-4 --period quarter", "llmcost cashflow gpt-4 --start 2027-01 --budget 60e6"),
    "joint": ("llmcost joint gpt-4 --cost 150e6 --date '14 month'",),
    "risks": ("llmcost risks plan.yaml",),
    "compare": ("llmcost compare gpt-4 gpt-4:basis=rented", "llmcost compare gpt-4 --rent-or-buy"),
    "levers": ("llmcost levers gpt-4", "llmcost levers gpt-4 --only early-stopping"),
    "stress": (
        "llmcost stress gpt-4 --budget 150e6",
        "llmcost stress gpt-4 --reverse 'total_cost > 200e6'",
        "llmcost stress gpt-4 --combine chip-price-double+six-months-late",
    ),
    "sweep": ("llmcost sweep grid.yaml -o cells.csv",),
    "portfolio": ("llmcost portfolio gpt-3 gpt-4 --budget 200e6",),
    "trend": ("llmcost trend --until 2028 --threshold 1e9",),
    "backtest": ("llmcost backtest", "llmcost backtest --target serving --cases"),
    "calibrate": ("llmcost calibrate utilisation --evidence runs.csv -o ours.csv",),
    "prior": ("llmcost prior from-quotes quotes.csv -o prices.yaml",),
    "prior from-focus": ("llmcost prior from-focus bill.csv --chip nvidia-h100-sxm -o prices.yaml",),
    "prior from-codecarbon": ("llmcost prior from-codecarbon emissions.csv -o power.yaml",),
    "prior from-runs": ("llmcost prior from-runs runs.csv -o utilisation.yaml",),
    "prior from-quotes": ("llmcost prior from-quotes quotes.csv --term '12 months' -o prices.yaml",),
    "prior from-token-prices": ("llmcost prior from-token-prices prices.json --model gpt-4o --date 2026-10-31",),
    "new": ("llmcost new plan.yaml",),
    "check": ("llmcost check plan.yaml",),
    "list": ("llmcost list", "llmcost list priors --stale 365"),
    "show": ("llmcost show mfu", "llmcost show chip_price --in gpt-4"),
    "schema": ("llmcost schema -o scenario.schema.json",),
    "cite": ("llmcost cite --format bibtex",),
}
"""Command lines by command, or by command and subcommand."""


def epilog(name: str) -> str:
    """Return the examples of a command, as the end of its help."""
    lines = EXAMPLES.get(name, ())
    return "\n".join(("\b", "Examples:" if len(lines) > 1 else "Example:", *(f"  {line}" for line in lines))) if lines else ""
