"""Differences as a person reads them: what either run has, one under the other, cut down to where they part."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from rich.console import Group, RenderableType
from rich.text import Text

from asl_export.verify.compare import Difference

LONGEST = 96
"""Characters of a value that are shown."""

AROUND = 24
"""Characters that stay in front of where two long values part, and behind it."""


def differences_text(differences: Sequence[Difference], *, engines: tuple[str, str]) -> RenderableType:
    """Each job or part with what differs in it."""
    title = Text.assemble(
        ("Differences", "bold red"), "   ", (f"- {engines[0]}", "red"), "   ", (f"+ {engines[1]}", "green")
    )
    parts = [title]
    for where, found in groupby(differences, key=lambda difference: difference.where):
        parts += [Text(), Text(where, style="bold")]
        parts += [line for difference in found for line in _lines(difference)]
    return Group(*parts)


def _lines(difference: Difference) -> Iterator[Text]:
    yield Text(f"  {difference.what}")
    if difference.direct or difference.exported:
        ours, theirs = apart(difference.direct, difference.exported)
        yield Text(f"    - {ours}", style="red")
        yield Text(f"    + {theirs}", style="green")


def apart(ours: str, theirs: str) -> tuple[str, str]:
    """Two texts on a line each; of long ones what is around the place where they part."""
    ours, theirs = (text.replace("\n", "⏎") for text in (ours, theirs))
    if max(len(ours), len(theirs)) <= LONGEST:
        return ours, theirs
    same = _shared(ours, theirs)
    tail = min(_shared(ours[::-1], theirs[::-1]), len(ours) - same, len(theirs) - same)
    return _cut(ours, same, tail), _cut(theirs, same, tail)


def _shared(ours: str, theirs: str) -> int:
    """How many characters both begin with."""
    unlike = (index for index, (mine, other) in enumerate(zip(ours, theirs, strict=False)) if mine != other)
    return next(unlike, min(len(ours), len(theirs)))


def _cut(text: str, same: int, tail: int) -> str:
    """The text without most of its first `same` and last `tail` characters, which the other has too."""
    start = max(same - AROUND, 0)
    end = len(text) - max(tail - AROUND, 0)
    middle = text[start:end]
    if len(middle) > LONGEST:
        middle = f"{middle[: LONGEST - AROUND]}…{middle[-AROUND:]}"
    return f"{'…' if start else ''}{middle}{'…' if end < len(text) else ''}"
