"""Whether each result is known where it is used: variables of a branch or a map are not seen outside of it."""

from __future__ import annotations

from collections.abc import Iterator

from asl_export.diagnostics import Code, Diagnostic
from asl_export.ir.blocks import Block, Job, Map, Parallel, Series
from asl_export.ir.graph import JobNode
from asl_export.ir.values import TaskOutput, walk


def check_outputs(block: Block) -> Iterator[Diagnostic]:
    """A refusal for each result used where its variable isn't seen."""
    yield from _check(block, set())


def _check(block: Block, seen: set[str]) -> Iterator[Diagnostic]:
    """The findings of a block; `seen` holds the tasks whose results it sees, and afterwards its own too."""
    for part in block.blocks if isinstance(block, Series) else (block,):
        match part:
            case Job(node=node):
                yield from _check_job(node, seen)
                seen.add(node.id)
            case Parallel(branches=branches):
                for branch in branches:
                    yield from _check(branch, set(seen))
            case Map(body=body):
                yield from _check(body, set(seen))
            case Series():
                yield from _check(part, seen)


def _check_job(node: JobNode, seen: set[str]) -> Iterator[Diagnostic]:
    used = dict.fromkeys(value.task for value in walk(node.request) if isinstance(value, TaskOutput))
    for task in used:
        if task not in seen:
            yield Diagnostic(
                code=Code.XCOM,
                message=f"the job id of {task!r} can't be handed on to {node.id!r}",
                location=node.location,
                why=f"{task!r} runs in a parallel branch or a map, and its variables aren't seen outside",
                fix="order the tasks with >> only: the exported machine starts a task after what it waits for",
            )
