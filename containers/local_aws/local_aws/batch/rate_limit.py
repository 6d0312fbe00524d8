"""Batch's limit on calls: a bucket of tokens for each operation."""

import threading
import time
from collections.abc import Callable


class RateLimit:
    """Admits ``rate`` calls a second of each operation; as many at once after a quiet second."""

    def __init__(self, rate: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._clock = clock
        self._lock = threading.Lock()
        self._buckets: dict[str, tuple[float, float]] = {}

    def admits(self, operation: str) -> bool:
        """Whether one more call of ``operation`` may be made now; it counts when it may."""
        with self._lock:
            now = self._clock()
            tokens, since = self._buckets.get(operation, (self._rate, now))
            tokens = min(self._rate, tokens + (now - since) * self._rate)
            admitted = tokens >= 1
            self._buckets[operation] = (tokens - 1 if admitted else tokens, now)
            return admitted
