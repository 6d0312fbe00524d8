"""What is promised, held against what was measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console

_WIDTH = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """A number that is to be at least, or at most, another; `what` names it with its unit."""

    what: str
    measured: float
    least: float | None = None
    most: float | None = None

    @property
    def is_kept(self) -> bool:
        """Whether the number is within its limits."""
        return (self.least is None or self.measured >= self.least) and (self.most is None or self.measured <= self.most)

    def __str__(self) -> str:
        limits = (("at least", self.least), ("at most", self.most))
        promised = ", ".join(f"{word} {_text(limit)}" for word, limit in limits if limit is not None)
        return f"{'kept' if self.is_kept else 'BROKEN'}: {self.what}: {_text(self.measured)}, promised {promised}"


def wide_console() -> Console:
    """A console in whose output the tables have room, wherever it goes."""
    console = Console()
    console.width = max(console.width, _WIDTH)
    return console


def told(console: Console, promises: Sequence[Promise]) -> int:
    """Print each promise; the exit code, 1 when one is broken."""
    for promise in promises:
        console.print(str(promise), style=None if promise.is_kept else "bold red", highlight=False, soft_wrap=True)
    return 0 if all(promise.is_kept for promise in promises) else 1


def _text(number: float) -> str:
    return f"{number:,.0f}" if number >= 100 else f"{number:.3g}"
