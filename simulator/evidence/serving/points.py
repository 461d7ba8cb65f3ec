"""Measured points of serving: the project's own table, or a user's with the same columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from simulator.core.results import Note
from simulator.evidence.calibration.linear import Array
from simulator.evidence.table_rows import table_path, unique_name
from simulator.records.cells import CellError, Column, Row, UnusableRowError, quote_cell
from simulator.records.table import Records
from simulator.scenario.chips import find_chip
from simulator.scenario.serving_chips import peak_flop, serving_chip

BITS = {
    "bf16": 16.0, "fp16": 16.0, "fp8": 8.0, "int8": 8.0, "fp4": 4.5, "nvfp4": 4.5, "mxfp4": 4.5, "int4": 4.5, "w4a16": 4.5,
}  # fmt: skip
"""Bits of a weight by its precision; scales of blocks are inside those of four bits."""
MODES = {"agg": "aggregated", "aggregated": "aggregated", "disagg": "disaggregated", "disaggregated": "disaggregated"}
MODEL_NUMBERS = (
    "params_total", "params_active", "params_experts", "layers", "hidden", "kv_bytes_per_token", "kv_heads",
    "attention_flop_prefill", "attention_flop_decode", "attention_window", "experts", "experts_per_token",
)  # fmt: skip
LOAD_NUMBERS = (
    "chips", "tensor_parallel", "data_parallel", "expert_parallel", "input_tokens", "output_tokens", "concurrency",
)  # fmt: skip
POOL_NUMBERS = (
    "prefill_chips", "prefill_workers", "prefill_tensor_parallel", "prefill_data_parallel", "prefill_expert_parallel",
    "decode_chips", "decode_workers",
)  # fmt: skip
TIMES = ("ttft_ms", "tpot_ms")
MAY_BE_ZERO = frozenset({"params_experts", "attention_window", "experts", "experts_per_token"})
CHIP_NUMBERS = (
    "memory", "memory_bandwidth", "peak_flop", "peak_flop_bf16", "link_bandwidth", "link_chips", "network_bandwidth",
)  # fmt: skip
LABELS = ("case", "date", "model", "chip", "precision", "backend", "mode", "sweep")

Labels = NDArray[np.str_]


@dataclass(frozen=True)
class Points:
    """Measured points, one array by column; times in seconds, sizes in bytes, speeds by second."""

    labels: Mapping[str, Labels]
    numbers: Mapping[str, Array]
    notes: tuple[Note, ...] = ()

    def __len__(self) -> int:
        """Return the number of points."""
        return len(self.labels["case"])

    def __getitem__(self, name: str) -> Array:
        """Return a column of numbers."""
        return self.numbers[name]

    def subset(self, keep: NDArray[np.bool_]) -> "Points":
        """Return some of the points."""
        return Points(
            {name: column[keep] for name, column in self.labels.items()},
            {name: column[keep] for name, column in self.numbers.items()},
            self.notes,
        )

    @property
    def is_disaggregated(self) -> NDArray[np.bool_]:
        """Whether prompts and answers have chips of their own."""
        return np.asarray(self.labels["mode"] == "disaggregated")

    @property
    def setup(self) -> Labels:
        """Sweep, precision and layout of each point."""
        layout = [self[name].astype(int).astype(str) for name in ("tensor_parallel", "data_parallel", "expert_parallel")]
        parts = (self.labels["sweep"], self.labels["precision"], *layout)
        return np.array(["|".join(each) for each in zip(*parts, strict=True)])

    @property
    def sweep_weight(self) -> Array:
        """Weight of each point: sweeps count alike, and so do the points of one sweep."""
        return shared_weight(self.labels["sweep"])

    @property
    def model_weight(self) -> Array:
        """Weight of each point: models count alike, so do the sweeps of one model, and the points of one sweep."""
        sweeps = self.sweep_weight
        _, index = np.unique(self.labels["model"], return_inverse=True)
        totals = np.bincount(index, sweeps)
        return np.asarray(sweeps / totals[index] / len(totals))

    @property
    def measured(self) -> dict[str, Array]:
        """Logarithms of the measured quantities."""
        return {
            "time_per_token": np.log(self["tpot"]),
            "time_to_first_token": np.log(self["ttft"]),
            "throughput": np.log(self["throughput"]),
        }


def shared_weight(labels: Labels) -> Array:
    """Return weights that sum to one, alike for each label and for each of its points."""
    _, index, counts = np.unique(labels, return_inverse=True, return_counts=True)
    return np.asarray(1 / counts[index] / len(counts))


def serving_points(path: Path | None = None) -> Points:
    """Read measured points; raise `InvalidInputError` with the issues of a file.

    Columns are those of `priors/evidence/serving-points.csv`; its README describes them. Rows of chips without facts for
    serving are left out with a note. A row without a sweep is one of its own.
    """
    with Records(table_path("serving-points", path)) as records:
        reader = _Reader(records)
        records.read_rows(reader.use, identity=reader.case)
        return reader.points(tuple(records.reading_notes()))


class _Reader:
    """Reads the rows of a table of points one by one."""

    def __init__(self, records: Records) -> None:
        self.labels: dict[str, list[str]] = {name: [] for name in LABELS}
        self.numbers: dict[str, list[float]] = {}
        self.lines: dict[str, int] = {}
        self.case, self.model, self.chip = records.need("case"), records.need("model"), records.need("chip")
        self.precision = records.need("precision_weights")
        self.texts = {name: records.find(name) for name in ("date", "backend", "mode", "sweep")}
        self.required = {name: records.need(name) for name in (*MODEL_NUMBERS, *LOAD_NUMBERS, *TIMES)}
        self.pools = {name: records.find(name) for name in POOL_NUMBERS}
        records.check()

    def use(self, row: Row) -> str:
        """Add a row."""
        numbers = self._numbers(row, self.required)
        precision = row.text(self.precision).casefold()
        if precision not in BITS:
            raise CellError((self.precision, f"{quote_cell(precision)} is none of {', '.join(BITS)}"))
        mode = MODES.get(row.text(self.texts["mode"]).casefold() or "agg")
        if mode is None:
            raise CellError((self.texts["mode"] or self.case, "is neither agg nor disagg"))
        pools = dict.fromkeys(POOL_NUMBERS, 1.0)
        if mode == "disaggregated":
            pools = self._numbers(row, {name: column for name, column in self.pools.items() if column is not None})
            if len(pools) < len(POOL_NUMBERS):
                raise UnusableRowError("disaggregated, without the chips and instances of both pools")
        chip = _chip_numbers(row.text(self.chip), BITS[precision])
        case = unique_name(row, self.case, self.lines)
        seconds = {name: numbers.pop(f"{name}_ms") / 1e3 for name in ("ttft", "tpot")}
        request = seconds["ttft"] + seconds["tpot"] * (numbers["output_tokens"] - 1)
        throughput = numbers["concurrency"] * numbers["output_tokens"] / request / numbers["chips"]
        values = {
            **numbers, **pools, **chip, **seconds, "throughput": throughput, "weight_bytes": BITS[precision] / 8,
        }  # fmt: skip
        for name, value in values.items():
            self.numbers.setdefault(name, []).append(value)
        labels = {
            "case": case, "date": row.text(self.texts["date"]), "model": row.text(self.model), "precision": precision,
            "chip": row.text(self.chip), "backend": row.text(self.texts["backend"]), "mode": mode,
            "sweep": row.text(self.texts["sweep"]) or case,
        }  # fmt: skip
        for name, text in labels.items():
            self.labels[name].append(text)
        return labels["chip"]

    def points(self, notes: tuple[Note, ...]) -> Points:
        """Return all rows as arrays."""
        return Points(
            {name: np.array(texts, dtype=np.str_) for name, texts in self.labels.items()},
            {name: np.array(values) for name, values in self.numbers.items()},
            notes,
        )

    def _numbers(self, row: Row, columns: Mapping[str, Column]) -> dict[str, float]:
        values = row.numbers(*columns.values())
        for (name, column), value in zip(columns.items(), values, strict=True):
            if value is None or value < 0 or (value == 0 and name not in MAY_BE_ZERO):
                raise CellError((column, f"{quote_cell(row.text(column))} must be a number above zero"))
        return {name: float(value or 0.0) for name, value in zip(columns, values, strict=True)}


def _chip_numbers(text: str, bits: float) -> dict[str, float]:
    """Return the facts of a chip, with the peak at which it computes with weights of so many bits."""
    name = find_chip(text)
    if not name:
        raise UnusableRowError(f"of a chip that is not in the library, {quote_cell(text)}")
    chip = serving_chip(name)
    if chip.link_bandwidth is None or chip.link_chips is None or chip.network_bandwidth is None:
        raise UnusableRowError(f"of a chip whose links are not known, {quote_cell(text)}")
    return {
        "memory": chip.memory, "memory_bandwidth": chip.memory_bandwidth, "peak_flop": peak_flop(chip, bits),
        "peak_flop_bf16": chip.peak_flop_bf16, "link_bandwidth": chip.link_bandwidth, "link_chips": chip.link_chips,
        "network_bandwidth": chip.network_bandwidth,
    }  # fmt: skip


def join_points(tables: Sequence[Points]) -> Points:
    """Return the points of several tables together."""
    first = tables[0]
    return replace(
        first,
        labels={name: np.concatenate([each.labels[name] for each in tables]) for name in first.labels},
        numbers={name: np.concatenate([each.numbers[name] for each in tables]) for name in first.numbers},
    )
