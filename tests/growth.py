"""How the time of a function grows with the size of its input: a ratio that a slow or busy machine does not change."""

import time


def growth(function, small: int, large: int) -> float:
    """Return the processor time of ``function(large)`` over that of ``function(small)``, each the least of three."""

    def seconds(size: int) -> float:
        start = time.process_time()
        function(size)
        return time.process_time() - start

    times = [(seconds(small), seconds(large)) for _ in range(3)]
    return min(large for _, large in times) / min(small for small, _ in times)
