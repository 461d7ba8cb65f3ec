"""Data: processing of a crawl into a dataset, storage, and synthetic text."""

from simulator.core.units import (
    Bytes,
    BytesPerParameter,
    BytesPerToken,
    ChipHours,
    ChipHoursPerToken,
    CoreHours,
    CoreHoursPerToken,
    Count,
    Fraction,
    Hours,
    Parameters,
    Ratio,
    Tokens,
    TokensPerParameter,
    Usd,
    UsdPerByte,
    UsdPerByteHour,
    UsdPerChipHour,
    UsdPerCoreHour,
    UsdPerToken,
)
from simulator.model.lines import line
from simulator.model.software import WHOLE_CLOUD


def tokens_per_parameter(training_tokens: Tokens, total_parameters: Parameters) -> TokensPerParameter:
    """Tokens of the final run over parameters: about 20 use a given compute best (Hoffmann et al. 2022, arXiv:2203.15556)."""
    return training_tokens / total_parameters


def raw_tokens(dataset_tokens: Tokens, surviving_share: Fraction) -> Tokens:
    """Tokens that must be collected so that enough remain after the filters."""
    return dataset_tokens / surviving_share


def deduplication_chip_hours(raw_tokens: Tokens, deduplication_effort: ChipHoursPerToken) -> ChipHours:
    """Chip-hours to find near-duplicate documents."""
    return raw_tokens * deduplication_effort


def labelled_tokens(raw_tokens: Tokens, labelled_share: Fraction) -> Tokens:
    """Tokens that a model reads to judge their quality: those that remain after cheap filters and deduplication."""
    return raw_tokens * labelled_share


def quality_chip_hours(labelled_tokens: Tokens, quality_effort: ChipHoursPerToken) -> ChipHours:
    """Chip-hours of the model that judges the quality of each document."""
    return labelled_tokens * quality_effort


def filtering_core_hours(raw_tokens: Tokens, filtering_effort: CoreHoursPerToken) -> CoreHours:
    """Processor time to extract and filter text by rules."""
    return raw_tokens * filtering_effort


@line("development", over="data")
def data_processing_cost(
    deduplication_chip_hours: ChipHours,
    quality_chip_hours: ChipHours,
    processing_price: UsdPerChipHour,
    filtering_core_hours: CoreHours,
    core_price: UsdPerCoreHour,
    deflator: Ratio,
) -> Usd:
    """Cost of the chips and processors that turn the crawl into a dataset, once; trials of other filters are not included."""
    chips = (deduplication_chip_hours + quality_chip_hours) * processing_price
    return (chips + filtering_core_hours * core_price) * deflator


def stored_bytes(
    raw_tokens: Tokens,
    bytes_per_token: BytesPerToken,
    checkpoints_kept: Count,
    total_parameters: Parameters,
    checkpoint_bytes: BytesPerParameter,
) -> Bytes:
    """Bytes in permanent storage: the collected text and the checkpoints that are kept."""
    return raw_tokens * bytes_per_token + checkpoints_kept * total_parameters * checkpoint_bytes


def storage_time(duration: Hours, service_life: Hours) -> Hours:
    """Time for which data and checkpoints are kept: the development and the service, unless a schedule says otherwise."""
    return duration + service_life


@line(
    "development",
    over="storage_time",
    included_in=("cluster_price", "network_factor", *WHOLE_CLOUD),
)
def storage_cost(stored_bytes: Bytes, storage_price: UsdPerByteHour, storage_time: Hours, deflator: Ratio) -> Usd:
    """Cost of storage in which the collected text and the checkpoints are kept."""
    return stored_bytes * storage_price * storage_time * deflator


@line("development", included_in=WHOLE_CLOUD)
def egress_cost(egress_bytes: Bytes, egress_price: UsdPerByte, deflator: Ratio) -> Usd:
    """Cost of data transfer out of a cloud."""
    return egress_bytes * egress_price * deflator


def synthetic_tokens(training_tokens: Tokens, synthetic_share: Fraction) -> Tokens:
    """Tokens of the final run that another model writes."""
    return training_tokens * synthetic_share


@line("development", over="data")
def synthetic_data_cost(synthetic_tokens: Tokens, synthetic_price: UsdPerToken, deflator: Ratio) -> Usd:
    """Cost of text that another model writes, at the price of its output; prompts are not included."""
    return synthetic_tokens * synthetic_price * deflator
