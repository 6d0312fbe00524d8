"""What `structure` makes of the graph: tasks nested in series, parallel and map, as a state machine nests them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from asl_export.diagnostics import InternalError
from asl_export.ir.graph import BatchMapNode, CallNode, ChoiceNode, JobNode, JoinNode, MapNode, PollNode, WaitNode

WorkNode = JobNode | CallNode | BatchMapNode | WaitNode | PollNode | ChoiceNode


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One task that becomes a state."""

    node: WorkNode


@dataclass(frozen=True, slots=True, kw_only=True)
class Join:
    """A task that does nothing: no state, but others ask how it ended."""

    node: JoinNode


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Blocks one after another; empty when there is nothing to do."""

    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parallel:
    """Blocks side by side, two or more; `fail_fast`: the first failure stops the others."""

    name: str
    branches: tuple[Block, ...]
    fail_fast: bool
    comment: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Map:
    """A block once per item; `fail_fast`: the first failure stops the other items."""

    node: MapNode
    body: Block
    fail_fast: bool


Block = Task | Join | Series | Parallel | Map


def series(block: Block) -> tuple[Block, ...]:
    """The blocks of a series; another block is a series of itself."""
    return block.blocks if isinstance(block, Series) else (block,)


def works(block: Block) -> bool:
    """True when there is a state in it."""
    return any(not isinstance(inner, Join) for inner in series(block))


def inside(block: Block) -> Iterator[Block]:
    """A block and all blocks in it, in the order of the DAG."""
    waiting = [block]
    while waiting:
        found = waiting.pop()
        yield found
        match found:
            case Series(blocks=blocks) | Parallel(branches=blocks):
                waiting.extend(reversed(blocks))
            case Map(body=body):
                waiting.append(body)
            case _:
                pass


def tasks_inside(block: Block) -> list[str]:
    """The ids of all tasks in a block, each after those it depends on."""
    found: list[str] = []
    for inner in inside(block):
        match inner:
            case Task(node=node):
                found.append(node.id)
            case Join(node=join):
                found.append(join.id)
            case _:
                pass
    return found


def first_name(block: Block) -> str:
    """The name of the first state of a block."""
    for inner in inside(block):
        match inner:
            case Task(node=node):
                return node.name
            case Map(node=mapped):
                return mapped.name
            case Parallel(name=name):
                return name
            case _:
                pass
    raise InternalError("a block without tasks has no name")
