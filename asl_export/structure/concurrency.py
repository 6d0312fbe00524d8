"""A DAG's `max_active_tasks`, kept by the concurrency of its maps where nothing else runs beside them."""

from __future__ import annotations

from dataclasses import replace
from math import inf

from asl_export.diagnostics import Code, Diagnostic, Location, Severity
from asl_export.ir.blocks import Block, Join, Map, Parallel, Series, Task, series


def limited(root: Block, most: int | None, where: Location) -> tuple[Block, tuple[Diagnostic, ...]]:
    """The blocks with at most so many tasks at once; a warning where no map's concurrency can see to that.

    And one where it can see to that only with fewer: where an item has tasks side by side.
    """
    if most is None:
        return root, ()
    given = series(root)
    blocks = tuple(_limited(block, most) for block in given)
    block = blocks[0] if len(blocks) == 1 and not isinstance(root, Series) else Series(blocks=blocks)
    where = replace(where, field="max_active_tasks")
    if any(_width(inner) > most for inner in blocks):
        return root, (_unlimited(most, where),)
    changed = [after for before, after in zip(given, blocks, strict=True) if after is not before]
    fewer = (_fewer(mapped, most, where) for mapped in changed if isinstance(mapped, Map) and _width(mapped.body) > 1)
    return block, tuple(fewer)


def _unlimited(most: int, where: Location) -> Diagnostic:
    return Diagnostic(
        code=Code.IGNORED_SETTING,
        message=f"max_active_tasks={most} isn't part of the exported machine",
        location=where,
        why="branches that run side by side start all at once; only a Map that runs alone can limit its items",
        fix="limit with the job queue's compute environment",
        severity=Severity.WARNING,
    )


def _fewer(mapped: Map, most: int, where: Location) -> Diagnostic:
    items = mapped.node.max_concurrency
    return Diagnostic(
        code=Code.BARRIER,
        message=f"{mapped.node.id!r} has {items} item{'s' if items > 1 else ''} at a time, and the next one waits for "
        "all tasks of one",
        location=where,
        why=f"an item runs up to {_width(mapped.body):g} tasks at once: when it runs fewer, max_active_tasks={most} "
        "would let a task of the next one start, and a Map holds back the whole item",
        fix="nothing, if the waiting is fine; else limit with the job queue's compute environment instead",
        severity=Severity.WARNING,
    )


def _limited(block: Block, most: int) -> Block:
    if not isinstance(block, Map) or _width(block) <= most or _width(block.body) > most:
        return block
    return replace(block, node=replace(block.node, max_concurrency=int(most // _width(block.body))))


def _width(block: Block) -> float:
    """How many tasks of a block may run at once."""
    match block:
        case Task():
            return 1
        case Join():
            return 0
        case Series(blocks=blocks):
            return max((_width(inner) for inner in blocks), default=0)
        case Parallel(branches=branches):
            return sum(_width(branch) for branch in branches)
        case Map(node=node, body=body):
            items = min(node.count if node.count is not None else inf, node.max_concurrency or inf)
            return items * _width(body)
