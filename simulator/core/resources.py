"""Resources of the machine that this process may use."""

import os
import resource
from pathlib import Path


def cores() -> int:
    """Return the number of cores that this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def free_memory() -> float:
    """Return the bytes that are still free: the minimum over the machine, its container and the limit of the process."""
    return min(_free_on_machine(), _free_in_container(), _free_in_process())


def _free_on_machine() -> float:
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        return next(1024.0 * int(line.split()[1]) for line in lines if line.startswith("MemAvailable:"))
    except (OSError, ValueError, StopIteration):
        return float("inf")  # another system: unknown, so no limit


def _free_in_container() -> float:
    """Return the free bytes of the control group (version 2, seen as the root from inside); the page cache counts as free."""
    group = Path("/sys/fs/cgroup")
    try:
        limit = float((group / "memory.max").read_text(encoding="ascii").replace("max", "inf"))
        used = dict(line.split() for line in (group / "memory.stat").read_text(encoding="ascii").splitlines())
        return limit - float(used["anon"])
    except (OSError, ValueError, KeyError):
        return float("inf")


def memory_limit() -> float:
    """Return the limit of the address space of this process in bytes."""
    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    return float("inf") if limit == resource.RLIM_INFINITY else float(limit)


def _free_in_process() -> float:
    limit = memory_limit()
    if limit == float("inf"):
        return limit
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    except (OSError, ValueError):
        return limit
    return limit - pages * os.sysconf("SC_PAGE_SIZE")
