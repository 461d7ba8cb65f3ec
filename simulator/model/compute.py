"""From parameters and tokens to chip-hours and days."""

import numpy as np

from simulator.core.units import (
    AtLeastOne,
    Bytes,
    BytesPerChip,
    BytesPerParameter,
    ChipHours,
    Chips,
    Flop,
    FlopPerChipHour,
    FlopPerParameterToken,
    Fraction,
    Hours,
    Parameters,
    Ratio,
    Tokens,
)


def active_parameters(total_parameters: Parameters, active_share: Fraction) -> Parameters:
    """Parameters that one token passes through: all of a dense model, the shared and routed experts of a mixture of experts."""
    return total_parameters * active_share


def training_tokens(dataset_tokens: Tokens, epochs: Ratio) -> Tokens:
    """Tokens processed in the final run, repeats counted."""
    return dataset_tokens * epochs


def distinct_tokens(training_tokens: Tokens, epochs: Ratio) -> Tokens:
    """Tokens of the dataset of a run that is known by the tokens that it processes, repeats counted."""
    return training_tokens / epochs


def training_flop(
    flop_per_parameter_token: FlopPerParameterToken, active_parameters: Parameters, training_tokens: Tokens
) -> Flop:
    """Model FLOP of the final run, forward and backward, without recomputation (Kaplan et al. 2020, arXiv:2001.08361, 2.1)."""
    return flop_per_parameter_token * active_parameters * training_tokens


def mfu(hfu: Fraction, recompute_factor: AtLeastOne) -> Fraction:
    """Model FLOP utilisation from hardware utilisation, which counts recomputed activations too (arXiv:2204.02311, 4.1)."""
    return hfu / recompute_factor


def effective_utilisation(mfu: Fraction, goodput: Fraction, repeated_share: Ratio) -> Fraction:
    """Model FLOP over the peak FLOP of the chips in all the time that they were reserved for the run.

    Time lost to failures, and parts trained again after a rollback or restart, lower it.
    """
    return mfu * goodput / (1 + repeated_share)


def limited_fp8_speedup(fp8_speedup: AtLeastOne, peak_flop_fp8: FlopPerChipHour, peak_flop_bf16: FlopPerChipHour) -> AtLeastOne:
    """Measured speed-up of training in FP8 over BF16, end to end: never more than the ratio of the peaks of the chip."""
    return np.maximum(1, np.minimum(fp8_speedup, peak_flop_fp8 / peak_flop_bf16))


def useful_chip_hours(
    training_flop: Flop, peak_flop: FlopPerChipHour, effective_utilisation: Fraction, precision_speedup: AtLeastOne
) -> ChipHours:
    """Chip-hours of the final run from its FLOP, including time lost to failures and parts trained again.

    A measured speed-up of the precision applies to a utilisation that was measured without it.
    """
    return training_flop / (peak_flop * effective_utilisation * precision_speedup)


def computed_chip_hours(useful_chip_hours: ChipHours) -> ChipHours:
    """Chip-hours of the final run that follow from its FLOP, where the cluster and its time do not give them."""
    return useful_chip_hours


def booked_chip_hours(chips: Chips, run_duration: Hours) -> ChipHours:
    """Chip-hours of the final run if the cluster and its time are known."""
    return chips * run_duration


def pooled_chip_hours(is_booked: Fraction, booked_chip_hours: ChipHours, computed_chip_hours: ChipHours) -> ChipHours:
    """Chip-hours of a run whose cluster and time are known only with some probability: either way, draw by draw."""
    return is_booked * booked_chip_hours + (1 - is_booked) * computed_chip_hours


def chip_hours(final_run_chip_hours: ChipHours, experiments_factor: AtLeastOne, post_training_share: Ratio) -> ChipHours:
    """Chip-hours that are paid for: the final run, the experiments before it (Cottier et al. 2024, 3.5 and B.5), and the
    post-training after it, unless the factor of the experiments includes it.
    """
    return final_run_chip_hours * (experiments_factor + post_training_share)


def wall_clock(final_run_chip_hours: ChipHours, chips: Chips) -> Hours:
    """Duration of the final run on the cluster."""
    return final_run_chip_hours / chips


def experiments_time(final_run_chip_hours: ChipHours, experiments_factor: AtLeastOne, chips: Chips) -> Hours:
    """Time that the experiments before the final run take on the cluster."""
    return final_run_chip_hours * (experiments_factor - 1) / chips


def post_training_time(final_run_chip_hours: ChipHours, post_training_share: Ratio, chips: Chips) -> Hours:
    """Time that the post-training takes on the cluster."""
    return final_run_chip_hours * post_training_share / chips


def implied_utilisation(training_flop: Flop, peak_flop: FlopPerChipHour, final_run_chip_hours: ChipHours) -> Ratio:
    """Model FLOP over the peak FLOP of the chips in the hours of the final run: a check on hours that are given."""
    return training_flop / (peak_flop * final_run_chip_hours)


def training_state(total_parameters: Parameters, state_bytes: BytesPerParameter) -> Bytes:
    """Memory of weights, gradients and optimiser state, without activations."""
    return total_parameters * state_bytes


def memory_use(training_state: Bytes, chips: Chips, memory: BytesPerChip) -> Ratio:
    """Share of the cluster's memory that the training state takes; the run is impossible above 1."""
    return training_state / (chips * memory)


def smallest_cluster(training_state: Bytes, memory: BytesPerChip, activation_memory: BytesPerChip) -> Chips:
    """Fewest chips whose memory holds the training state beside the activations of each chip; infinite if these fill it."""
    return training_state / np.maximum(memory - activation_memory, 0 * memory)
