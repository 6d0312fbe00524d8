"""What of a task others read, and the variables that hold it in each scope."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from asl_export.asl.lower.scopes import Scope, Scopes, common
from asl_export.ir.blocks import Map


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Something about a task that is read: how it ended, its result, or a field of its job's description."""

    task: str
    kind: str
    field: str = ""

    @property
    def is_end(self) -> bool:
        """True for how the task ended."""
        return self.kind == END

    @property
    def plain_name(self) -> str:
        """What its variable would be called if no other were."""
        letters = re.sub("[^A-Za-z0-9]", "_", self.task)[:50]
        return "_".join(filter(None, [self.kind, letters, self.field]))


END, JOB, RESULT = "state", "job", "result"


def end_of(task: str) -> Fact:
    """How a task ended."""
    return Fact(task=task, kind=END)


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """A fact that is read in a scope."""

    fact: Fact
    scope: Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class Variables:
    """Which variable holds a fact in which scope, and which facts each Parallel and Map must hand out."""

    names: dict[tuple[Fact, int], str] = field(default_factory=dict)
    of_tasks: dict[tuple[str, int], list[tuple[Fact, str]]] = field(default_factory=dict)
    handed_out: dict[int, dict[Fact, None]] = field(default_factory=dict)
    scopes: Scopes

    @classmethod
    def of(cls, reads: Iterable[Read], scopes: Scopes) -> Variables:
        """The variables that some reads need."""
        variables = cls(scopes=scopes)
        taken: set[str] = set()
        for read in reads:
            inner = scopes.of_task[read.fact.task]
            outer = common(inner, read.scope)
            crossed = [scope for scope in inner.around() if scope.depth > outer.depth]
            for scope in (outer, *reversed(crossed)):
                variables._name(read.fact, scope, taken)
            for scope in crossed:
                variables.handed_out.setdefault(id(scope.block), {})[read.fact] = None
        return variables

    def seen(self, fact: Fact, scope: Scope) -> tuple[str, Scope] | None:
        """The variable that a scope sees for a fact, and the scope that holds it."""
        for around in scope.around():
            name = self.names.get((fact, id(around)))
            if name is not None:
                return name, around
        return None

    def within(self, fact: Fact, scope: Scope) -> str | None:
        """The variable of a scope's own for a fact."""
        return self.names.get((fact, id(scope)))

    def out_of(self, block: object) -> list[Fact]:
        """What a Parallel or Map hands out."""
        return list(self.handed_out.get(id(block), ()))

    def held(self, task: str, scope: Scope) -> Iterator[tuple[Fact, str]]:
        """The facts of a task that a scope has variables for."""
        yield from self.of_tasks.get((task, id(scope)), ())

    def is_many(self, fact: Fact, scope: Scope) -> bool:
        """Whether in this scope the fact is of many instances: the task lies in a Map that the scope doesn't."""
        mapped = [around for around in self.scopes.of_task[fact.task].around() if isinstance(around.block, Map)]
        return not all(any(around is inner for inner in scope.around()) for around in mapped)

    def _name(self, fact: Fact, scope: Scope, taken: set[str]) -> None:
        if (fact, id(scope)) in self.names:
            return
        plain, number = fact.plain_name, 2
        name = plain
        while name in taken:
            name, number = f"{plain}_{number}", number + 1
        taken.add(name)
        self.names[fact, id(scope)] = name
        self.of_tasks.setdefault((fact.task, id(scope)), []).append((fact, name))
