"""The fleet: instances that a demand needs, how busy they are, and their chip-hours over the service life."""

import numpy as np

from simulator.core.units import (
    Bytes,
    BytesPerChip,
    BytesPerParameter,
    ChipHours,
    Chips,
    ChipsPerNode,
    Count,
    FlopPerChipHour,
    Fraction,
    Hours,
    Parameters,
    PerNodeHour,
    Ratio,
    RequestsPerHour,
    Tokens,
    TokensPerChipHour,
    TokensPerHour,
)

# --- the instance -----------------------------------------------------------------------------------------------------------


def served_total_parameters(total_parameters: Parameters, served_size_share: Ratio) -> Parameters:
    """Parameters of the model in service: those of the model that is trained, or of a smaller one that is made from it."""
    return total_parameters * served_size_share


def served_active_parameters(active_parameters: Parameters, served_size_share: Ratio) -> Parameters:
    """Parameters that a token passes in service, likewise."""
    return active_parameters * served_size_share


def stored_weights(served_total_parameters: Parameters, served_weight_bytes: BytesPerParameter) -> Bytes:
    """Memory of the weights of one copy of the model."""
    return served_total_parameters * served_weight_bytes


def weight_memory_share(stored_weights: Bytes, instance_chips: Chips, serving_memory: BytesPerChip) -> Ratio:
    """Share of the memory of an instance that the weights take; the model does not fit where it is 1 or more."""
    return stored_weights / (instance_chips * serving_memory)


def serving_peak_flop(
    served_weight_bytes: BytesPerParameter,
    one_byte: BytesPerParameter,
    serving_four_bit_bytes: BytesPerParameter,
    serving_peak_flop_bf16: FlopPerChipHour,
    serving_peak_flop_8bit: FlopPerChipHour,
    serving_peak_flop_4bit: FlopPerChipHour,
) -> FlopPerChipHour:
    """Peak at which a chip computes with weights of a precision."""
    eight_bit = np.where(served_weight_bytes <= one_byte, serving_peak_flop_8bit, serving_peak_flop_bf16)
    return np.where(served_weight_bytes <= serving_four_bit_bytes, serving_peak_flop_4bit, eight_bit)


# --- demand -----------------------------------------------------------------------------------------------------------------


def requests(token_demand: TokensPerHour, prompt_tokens: Tokens, output_tokens: Tokens) -> RequestsPerHour:
    """Requests of the first day, where the demand is given in tokens: those of prompts and answers together."""
    return token_demand / (prompt_tokens + output_tokens)


def replica_capacity(serving_speed: TokensPerChipHour, replica_chips: Chips, output_tokens: Tokens) -> RequestsPerHour:
    """Requests that one instance answers in an hour at full load."""
    return serving_speed * replica_chips / output_tokens


def least_replicas(minimum_replicas: Count, regions: Count) -> Count:
    """Instances that are kept ready whatever the demand, in all regions."""
    return minimum_replicas * regions


# --- hours ------------------------------------------------------------------------------------------------------------------


def serving_utilisation(
    served_requests: Count, mean_replicas: Count, replica_capacity: RequestsPerHour, service_life: Hours
) -> Fraction:
    """Use of the fleet: requests over those that its instances could answer at full load in the time that is paid for."""
    return np.minimum(served_requests / (mean_replicas * replica_capacity * service_life), 1)


def busy_chip_hours(served_requests: Count, output_tokens: Tokens, serving_speed: TokensPerChipHour) -> ChipHours:
    """Chip-hours of all requests at full load."""
    return served_requests * output_tokens / serving_speed


def serving_chip_hours(busy_chip_hours: ChipHours, serving_utilisation: Fraction) -> ChipHours:
    """Chip-hours that the fleet holds over the service life, busy and idle."""
    return busy_chip_hours / serving_utilisation


def serving_chips(peak_replicas: Count, replica_chips: Chips) -> Chips:
    """Chips of the fleet at its largest."""
    return peak_replicas * replica_chips


def serving_nodes(serving_chips: Chips, chips_per_server: Chips) -> Count:
    """Servers of the fleet at its largest."""
    return np.ceil(serving_chips / chips_per_server)


def serving_power_share(
    serving_utilisation: Fraction, serving_busy_power_share: Ratio, serving_idle_power_share: Ratio
) -> Ratio:
    """Mean power of the chips of a fleet over their rated power: busy ones and idle ones."""
    idle = (1 - serving_utilisation) * serving_idle_power_share
    return serving_utilisation * serving_busy_power_share + idle


def idle_hours_share(serving_utilisation: Fraction) -> Fraction:
    """Share of the chip-hours of the fleet that no request uses, those of instances kept ready included."""
    return 1 - serving_utilisation


def replica_lost_share(
    spot_interruption_rate: PerNodeHour, replica_chips: Chips, chips_per_node: ChipsPerNode, scaling_lag: Hours
) -> Ratio:
    """Time that withdrawn spot capacity costs an instance per time of work: it stops alone, and another is started."""
    return spot_interruption_rate * (replica_chips / chips_per_node) * scaling_lag
