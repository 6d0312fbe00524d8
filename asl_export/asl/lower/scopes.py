"""Scopes of variables: the machine, and each branch of a Parallel or body of a Map within it.

A state sees the variables of its own scope and of those around it; what an outer scope is to see of an inner one goes
out as the branch's output. Source: https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from asl_export.diagnostics import InternalError
from asl_export.ir.blocks import Block, Map, Parallel, Series, tasks_inside


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scope:
    """A scope; `block` is the Parallel or Map that it is a branch or the body of, None for the machine itself."""

    parent: Scope | None = None
    block: Parallel | Map | None = None
    depth: int = 0

    @property
    def fail_fast(self) -> bool:
        """Whether the first failure in it is to stop what runs beside."""
        return self.block is not None and self.block.fail_fast

    def inner(self, block: Parallel | Map) -> Scope:
        """A scope within this one."""
        return Scope(parent=self, block=block, depth=self.depth + 1)

    @property
    def around_it(self) -> Scope:
        """The scope that this one lies in.

        :raises InternalError: for the machine's own.
        """
        if self.parent is None:
            raise InternalError("nothing lies around the machine")
        return self.parent

    def around(self) -> Iterator[Scope]:
        """This scope and those around it, from the inside out."""
        scope: Scope | None = self
        while scope is not None:
            yield scope
            scope = scope.parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Scopes:
    """The scope of each task, and of each branch and body by the id of its block and its number."""

    root: Scope
    of_task: Mapping[str, Scope]
    of_part: Mapping[tuple[int, int], Scope]


def scopes_of(root: Block, inlined: frozenset[int]) -> Scopes:
    """The scopes of a machine; the branches of an inlined Parallel have none of their own.

    :param inlined: ids of Parallel blocks of which only one branch ever runs.
    """
    top = Scope()
    of_task: dict[str, Scope] = {}
    of_part: dict[tuple[int, int], Scope] = {}
    waiting: list[tuple[Block, Scope]] = [(root, top)]
    while waiting:
        block, scope = waiting.pop()
        match block:
            case Series(blocks=blocks):
                waiting.extend((inner, scope) for inner in blocks)
            case Parallel(branches=branches):
                for number, branch in enumerate(branches):
                    of_part[id(block), number] = scope if id(block) in inlined else scope.inner(block)
                    waiting.append((branch, of_part[id(block), number]))
            case Map(body=body):
                of_part[id(block), 0] = scope.inner(block)
                waiting.append((body, of_part[id(block), 0]))
            case _:
                of_task.update(dict.fromkeys(tasks_inside(block), scope))
    return Scopes(root=top, of_task=of_task, of_part=of_part)


def common(one: Scope, other: Scope) -> Scope:
    """The innermost scope that both lie in."""
    seen = {id(scope) for scope in one.around()}
    return next(scope for scope in other.around() if id(scope) in seen)
