"""A definition's size: 1 MiB at most.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
"""

from __future__ import annotations

from collections.abc import Iterator

from asl_export.diagnostics import Code, Diagnostic, Location

MOST = 1_048_576


def check_definition_size(text: str, where: Location) -> Iterator[Diagnostic]:
    """A refusal when the definition, without white space, is too large."""
    size = len(text.encode())
    if size > MOST:
        yield Diagnostic(
            code=Code.DEFINITION_SIZE,
            message=f"the state machine's definition has {size:,} bytes",
            location=where,
            why=f"Step Functions takes {MOST:,} at most (1 MiB)",
            fix="split the DAG, or map over items instead of writing out tasks that are alike",
        )
