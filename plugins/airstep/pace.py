"""How long to wait before asking AWS again: often for a young job, seldom for an old one, less after an error."""

from __future__ import annotations

SHORTEST = 0.15
LONGEST = 30.0


def look_interval(age: float, *, longest: float = LONGEST) -> float:
    """Seconds until the next look at a job that is `age` seconds old: a tenth of its age, from 0.15 s to `longest`.

    So the end of a job is seen at most a tenth of its duration late: after 1 s at 10 s, 30 s from 5 minutes on.
    """
    return min(max(age / 10, SHORTEST), max(longest, SHORTEST))


def backoff(failures: int, *, key: str = "") -> float:
    """Seconds to wait after the n-th error in a row: 0.5, 1, 2 … 30, less up to a half that depends on `key`.

    Callers with different keys (job names) spread out; the same key always waits the same.
    """
    whole = min(0.5 * 2.0 ** min(failures - 1, 10), LONGEST)
    share: float = sum(key.encode()) % 64 / 64
    return whole * (1 - share / 2)
