"""The other moto backends, as the scheduler may look at them while it holds its lock.

moto's own look-up takes a lock, and a reset holds that one while it waits for the scheduler's: the two would wait for
each other for ever.
"""

from typing import Any


def existing(backends: Any, account: str, region: str) -> Any | None:
    """The backend of ``backends`` (moto's, of one service) if there is one yet; takes no lock and makes none."""
    return dict.get(dict.get(backends, account, {}), region)
