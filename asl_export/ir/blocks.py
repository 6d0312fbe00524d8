"""What `structure` makes of the graph: tasks nested in series, parallel and map, as a state machine nests them."""

from __future__ import annotations

from dataclasses import dataclass

from asl_export.diagnostics import InternalError
from asl_export.ir.graph import JobNode, MapNode


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One Batch job."""

    node: JobNode


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


Block = Job | Series | Parallel | Map


def first_name(block: Block) -> str:
    """The name of the first state of a block."""
    while True:
        match block:
            case Job(node=node) | Map(node=node):
                return node.name
            case Parallel(name=name):
                return name
            case Series(blocks=[first, *_]):
                block = first
            case _:
                raise InternalError("a block without tasks has no name")
