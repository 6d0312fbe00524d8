"""An event loop whose time passes only while all wait, at once."""

from __future__ import annotations

import asyncio


class PromptLoop(asyncio.SelectorEventLoop):
    """An event loop that jumps to its next appointment instead of waiting for it."""

    def __init__(self) -> None:
        super().__init__()
        self._now = 0.0

    def time(self) -> float:
        """Seconds that have passed in here."""
        return self._now

    def _run_once(self) -> None:
        if not self._ready and self._scheduled:  # type: ignore[attr-defined]
            self._now = max(self._now, self._scheduled[0].when())  # type: ignore[attr-defined]
        super()._run_once()  # type: ignore[misc]
