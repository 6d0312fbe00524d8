"""State names: unique in the whole machine, at most 80 characters, the same for the same DAG.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/statemachine-structure.html
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

LONGEST = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """The names given so far; ask for those of tasks first, so that made-up ones give way."""

    taken: set[str] = field(default_factory=set)
    numbered: dict[tuple[str, str], int] = field(default_factory=dict)

    def claim(self, wanted: str, *, word: str = "") -> str:
        """A free name as near to the wanted one as can be.

        :param word: what follows the wanted name whatever its length: "failed", "?".
        """
        text = printable(wanted)
        ending = f" {word}" if word[:1].isalnum() else word
        name = shortened(text, suffix=ending)
        # Lower ones are taken: many groups may have a task of the same name.
        number = self.numbered.get((text, word), 2)
        while name in self.taken:
            name = shortened(text, suffix=f"{ending} ({number})")
            number += 1
        self.numbered[text, word] = number
        self.taken.add(name)
        return name


def printable(text: str) -> str:
    """Text without control characters, each of which becomes a space."""
    return "".join(letter if letter.isprintable() else " " for letter in text).strip() or "unnamed"


def shortened(text: str, *, suffix: str = "") -> str:
    """Text and suffix in at most 80 characters; what is cut off leaves a hash of the whole, so that two stay two."""
    if len(text) + len(suffix) <= LONGEST:
        return text + suffix
    mark = f"~{hashlib.sha256(text.encode()).hexdigest()[:8]}{suffix}"
    return text[: LONGEST - len(mark)] + mark
