"""The day to which ages count: today, or that of SOURCE_DATE_EPOCH for reproducible output."""

import os
from datetime import UTC, date, datetime

from simulator.core.suggestions import InvalidValueError


def current_date() -> date:
    """Return today's date, or that of SOURCE_DATE_EPOCH; raise `InvalidValueError` if that is no time."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    if epoch and not epoch.isdecimal():
        raise InvalidValueError(f"SOURCE_DATE_EPOCH is {epoch!r}; it must be seconds since 1970")
    return (datetime.fromtimestamp(int(epoch), UTC) if epoch else datetime.now(UTC)).date()
