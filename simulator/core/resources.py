"""What the machine lets this process use, which may be less than it has."""

import os
import resource
from pathlib import Path


def cores() -> int:
    """Return the number of cores that this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def free_memory() -> float:
    """Return the bytes that can still be taken: of the machine, of its container, and of the limit of the process."""
    return min(_of_machine(), _of_container(), _of_process())


def _of_machine() -> float:
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        return next(1024.0 * int(line.split()[1]) for line in lines if line.startswith("MemAvailable:"))
    except (OSError, ValueError, StopIteration):
        return float("inf")  # another system: nothing is known, so nothing is refused


def _of_container() -> float:
    """What a control group leaves (version 2, where the container sees its own group as the root); cached files can go."""
    group = Path("/sys/fs/cgroup")
    try:
        limit = float((group / "memory.max").read_text(encoding="ascii").replace("max", "inf"))
        used = dict(line.split() for line in (group / "memory.stat").read_text(encoding="ascii").splitlines())
        return limit - float(used["anon"])
    except (OSError, ValueError, KeyError):
        return float("inf")


def limit_of_process() -> float:
    """Return the bytes of address space that the process may have in all."""
    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    return float("inf") if limit == resource.RLIM_INFINITY else float(limit)


def _of_process() -> float:
    limit = limit_of_process()
    if limit == float("inf"):
        return limit
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    except (OSError, ValueError):
        return limit
    return limit - pages * os.sysconf("SC_PAGE_SIZE")
