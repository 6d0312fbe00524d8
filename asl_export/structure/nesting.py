"""How deep blocks nest."""

from __future__ import annotations

from collections.abc import Iterator

from asl_export.diagnostics import Code, Diagnostic, Location
from asl_export.ir.blocks import Block, Map, Parallel, Series

DEEPEST = 60
"""Levels of Parallel and Map within each other; beyond it no person, console or parser follows."""


def check_nesting(root: Block, where: Location) -> Iterator[Diagnostic]:
    """A refusal when blocks nest too deep to be written."""
    deepest = 0
    waiting: list[tuple[Block, int]] = [(root, 0)]
    while waiting:
        block, depth = waiting.pop()
        deepest = max(deepest, depth)
        match block:
            case Series(blocks=blocks):
                waiting.extend((inner, depth) for inner in blocks)
            case Parallel(branches=branches):
                waiting.extend((inner, depth + 1) for inner in branches)
            case Map(body=body):
                waiting.append((body, depth + 1))
            case _:
                pass
    if deepest > DEEPEST:
        yield Diagnostic(
            code=Code.NESTING,
            message=f"the tasks nest {deepest} levels deep",
            location=where,
            why=f"each level is a Parallel state in another, and more than {DEEPEST} can't be written safely",
            fix="let tasks join now and then: an EmptyOperator that waits for all of a stage",
        )
