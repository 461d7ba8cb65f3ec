"""Failures: interruptions, the time lost to each, and the share of useful time."""

import numpy as np

from simulator.core.units import ChipHours, Chips, Count, Fraction, Hours, Ratio


def lost_share(chips: Chips, lost_time: Hours, chip_time_between_interruptions: ChipHours) -> Ratio:
    """Time lost to interruptions per unit of useful time: a failure of any chip stops all of them (arXiv:2407.21783, 3.3.4)."""
    return chips * lost_time / chip_time_between_interruptions


def goodput(lost_share: Ratio, checkpoint_share: Fraction) -> Fraction:
    """Useful time over elapsed time, after interruptions and the writing of checkpoints."""
    return (1 - checkpoint_share) / (1 + lost_share)


def cluster_goodput(
    reference_goodput: Fraction,
    reference_chips: Chips,
    chips: Chips,
    lost_time: Hours,
    chip_time_between_interruptions: ChipHours,
) -> Fraction:
    """Goodput of a cluster of another size than that for which a goodput is known: of the lost time, what interruptions cost
    grows with the number of chips (arXiv:2407.21783, 3.3.4), and the rest stays.
    """
    change = (chips - reference_chips) * lost_time / chip_time_between_interruptions
    return 1 / (1 + np.maximum(1 / reference_goodput - 1 + change, 0))


def rolls_back(rollback_variate: Fraction, rollback_probability: Fraction) -> Fraction:
    """1 if a part of the run has to be trained again; `rollback_variate` is uniform between 0 and 1."""
    return np.where(rollback_variate < rollback_probability, 1, 0 * rollback_variate)


def repeated_share(rolls_back: Fraction, rollback_share: Ratio) -> Ratio:
    """Share of the run that is trained again after a rollback: tokens that were wasted (SmolLM3: 1 of 11 trillion)."""
    return rolls_back * rollback_share


def interruptions(final_run_chip_hours: ChipHours, chip_time_between_interruptions: ChipHours) -> Count:
    """Expected number of interruptions of the final run."""
    return final_run_chip_hours / chip_time_between_interruptions
