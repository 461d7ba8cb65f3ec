"""Speculative decoding: a draft of some tokens is checked in one step, which accepts its beginning."""

import numpy as np

from simulator.core.units import AtLeastOne, Count, Fraction, Ratio


def accepted_tokens(acceptance: Fraction, drafted_tokens: Count) -> AtLeastOne:
    """Tokens of a step: one, and those of the draft until the first that is refused."""
    certain = acceptance >= 1
    share = np.where(certain, 0, acceptance)
    return np.where(certain, drafted_tokens + 1, (1 - share ** (drafted_tokens + 1)) / (1 - share))


def checked_tokens(drafted_tokens: Count) -> Ratio:
    """Tokens that a step computes for each user: those of the draft, and one."""
    return drafted_tokens + 1


def speculative_gain(accepted_tokens: AtLeastOne, plain_step: Ratio, checking_step: Ratio, draft_step: Ratio) -> Ratio:
    """Speed with a draft over that without; below one where the step is bound by compute."""
    return accepted_tokens * plain_step / (checking_step + draft_step)
