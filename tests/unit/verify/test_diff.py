"""A difference is shown so that a person sees it at once."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from asl_export.verify.compare import Difference
from asl_export.verify.diff import LONGEST, apart, differences_text

EXPECTED = """\
Differences   - Airflow   + Step Functions

encode
  environment.SIZE
    - 720p
    + 1080p
  dependsOn
    - not set
    + probe

order
  Step Functions: b (b) started before a had ended
"""


def shown(*differences: Difference) -> str:
    console = Console(file=io.StringIO(), width=120)
    console.print(differences_text(differences, engines=("Airflow", "Step Functions")))
    return console.file.getvalue()  # type: ignore[attr-defined]  # it is the StringIO of the line before


def difference(where: str, what: str, direct: str = "", exported: str = "") -> Difference:
    return Difference(where=where, what=what, direct=direct, exported=exported)


def test_both_values_stand_under_their_field_and_the_fields_under_their_job() -> None:
    text = shown(
        difference("encode", "environment.SIZE", "720p", "1080p"),
        difference("encode", "dependsOn", "not set", "probe"),
        difference("order", "Step Functions: b (b) started before a had ended"),
    )
    assert "\n".join(line.rstrip() for line in text.splitlines()) + "\n" == EXPECTED


def test_text_in_brackets_is_text() -> None:
    assert "[bold]x[/bold]" in shown(difference("[red]", "command[2]", "[bold]x[/bold]", "y"))


def test_short_values_are_shown_whole() -> None:
    assert apart("a" * LONGEST, "b") == ("a" * LONGEST, "b")


def test_of_long_values_what_is_around_the_difference_is_shown() -> None:
    start, end = "s3://bucket/" + "a" * 200, "z" * 200
    assert apart(f"{start}720{end}", f"{start}1081{end}") == (
        f"…{'a' * 24}720{'z' * 24}…",
        f"…{'a' * 24}1081{'z' * 24}…",
    )


@pytest.mark.parametrize(("ours", "theirs"), [("x" * 300, "x" * 299), ("ab" * 100, "ab" * 101), ("", "y" * 500)])
def test_a_long_value_that_only_has_more_of_the_same_still_looks_another(ours: str, theirs: str) -> None:
    shown_ours, shown_theirs = apart(ours, theirs)
    assert shown_ours != shown_theirs
    assert max(len(shown_ours), len(shown_theirs)) <= LONGEST + 3


def test_a_line_end_does_not_break_the_diff() -> None:
    assert apart("a\nb", "a") == ("a⏎b", "a")
