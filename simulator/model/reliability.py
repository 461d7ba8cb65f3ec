"""What failures cost: interruptions, the time each one loses, and the share of time left for work."""

from simulator.units import ChipHours, Chips, Count, Fraction, Hours, Ratio


def lost_share(chips: Chips, lost_time: Hours, chip_time_between_interruptions: ChipHours) -> Ratio:
    """Time lost to interruptions per unit of useful time: any chip stops them all (arXiv:2407.21783, 3.3.4)."""
    return chips * lost_time / chip_time_between_interruptions


def goodput(lost_share: Ratio, checkpoint_share: Fraction) -> Fraction:
    """Useful time over elapsed time, after interruptions and the writing of checkpoints."""
    return (1 - checkpoint_share) / (1 + lost_share)


def interruptions(final_run_chip_hours: ChipHours, chip_time_between_interruptions: ChipHours) -> Count:
    """Times that the final run is expected to stop and start again."""
    return final_run_chip_hours / chip_time_between_interruptions
