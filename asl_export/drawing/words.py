"""Text in a picture: what XML can hold, how wide it is, and how it is broken into lines."""

from __future__ import annotations

import re
import unicodedata

_NOT_XML = re.compile(r"[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF]")
_PIECE = re.compile(r"[^\s_./-]*[\s_./-]+|[^\s_./-]+")  # names are words joined by underscores, dots or dashes


def clean(text: str) -> str:
    """The text without the characters that XML 1.0 forbids, each replaced by U+FFFD, and in one line."""
    return " ".join(_NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text).split())


def width(text: str, size: float) -> float:
    """About how wide the text is in pixels, at a font size in pixels: rather too wide than too narrow."""
    em = sum(1.0 if unicodedata.east_asian_width(letter) in "WF" else 0.6 for letter in text)
    return em * size


def lines(text: str, letters: int, at_most: int) -> list[str]:
    """The text in lines of so many letters, broken between words; what doesn't fit ends in an ellipsis."""
    broken = [""]
    for piece in _PIECE.findall(clean(text)):
        if broken[-1] and len(broken[-1]) + len(piece.rstrip()) > letters:
            broken.append("")
        broken[-1] += piece
        while len(broken[-1].rstrip()) > letters:
            broken[-1:] = [broken[-1][:letters], broken[-1][letters:]]
    shown = [line.strip() for line in broken]
    if len(shown) <= at_most:
        return shown
    return [*shown[: at_most - 1], shown[at_most - 1][: letters - 1] + "…"]
