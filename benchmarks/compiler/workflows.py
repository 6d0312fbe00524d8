"""Workflows of any size, as tasks and edges that belong to no tool: each tool's file is written from the same ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

Edges = list[tuple[str, str]]
LAYER = 10
"""Tasks side by side in a stage of `layers`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A Batch job, the groups around it from the outside in, and how many items it runs for (0: it isn't mapped).

    `follows`: it is a choice between two tasks instead. `rule`: its trigger rule, if it has another than most.
    """

    name: str
    groups: tuple[str, ...] = ()
    items: int = 0
    follows: tuple[str, str] | None = None
    rule: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Workflow:
    """Tasks in the order in which a file defines them, and edges between their names."""

    name: str
    tasks: tuple[Task, ...]
    edges: tuple[tuple[str, str], ...]


def chain(count: int) -> Workflow:
    """One task after another."""
    names = _names(count)
    return _plain("chain", names, list(pairwise(names)))


def wide(count: int) -> Workflow:
    """A start, all the rest side by side, an end."""
    start, *middle, end = _names(count)
    return _plain("wide", [start, *middle, end], [(start, each) for each in middle] + [(each, end) for each in middle])


def layers(count: int) -> Workflow:
    """Stages of ten: each task waits for all of the stage before."""
    names = _names(count)
    stages = [names[at : at + LAYER] for at in range(0, count, LAYER)]
    edges = [(above, below) for first, then in pairwise(stages) for above in first for below in then]
    return _plain("layers", names, edges)


def groups(count: int) -> Workflow:
    """Task groups in task groups: a first task, three groups side by side, a last task."""
    tasks: list[Task] = []
    edges: Edges = []
    _nested(count, (), tasks, edges)
    return Workflow(name="groups", tasks=tuple(tasks), edges=tuple(edges))


def mapped(count: int) -> Workflow:
    """Chains of ten mapped tasks of three items each, side by side."""
    names = _names(count)
    chains = [names[at : at + LAYER] for at in range(0, count, LAYER)]
    edges = [edge for each in chains for edge in pairwise(each)]
    return Workflow(name="mapped", tasks=tuple(Task(name=name, items=3) for name in names), edges=tuple(edges))


def crossing(count: int) -> Workflow:
    """Two chains with a rung from each task to the next task of the other: no two stages nest anywhere."""
    names = _names(count)
    left, right = names[::2], names[1::2]
    rungs = list(zip(left, right[1:], strict=False))
    return _plain("crossing", names, [*pairwise(left), *pairwise(right), *rungs])


def choices(count: int) -> Workflow:
    """A chain of choices between two jobs, each with a job that joins them behind it; the rest in a chain."""
    names = _names(count)
    tasks, edges = [Task(name=names[0])], Edges()
    while len(tasks) + 4 <= count:
        before, (choice, one, other, join) = tasks[-1].name, names[len(tasks) : len(tasks) + 4]
        tasks += [Task(name=choice, follows=(one, other)), Task(name=one), Task(name=other)]
        tasks.append(Task(name=join, rule="none_failed_min_one_success"))
        edges += [(before, choice), (choice, one), (choice, other), (one, join), (other, join)]
    edges += pairwise(names[len(tasks) - 1 :])
    tasks += [Task(name=name) for name in names[len(tasks) :]]
    return Workflow(name="choices", tasks=tuple(tasks), edges=tuple(edges))


def linear_fan(count: int) -> Workflow:
    """Half of the tasks in a chain, then the rest side by side, a join, an end; named as Metaflow wants its steps."""
    half = count // 2
    line = ["start", *(f"linear_{number}" for number in range(1, half))]
    fan = [f"fan_{number}" for number in range(count - half - 2)]
    edges = [*pairwise(line), *((line[-1], each) for each in fan), *((each, "join") for each in fan), ("join", "end")]
    return _plain("linear_fan", [*line, *fan, "join", "end"], edges)


SHAPES: Mapping[str, Callable[[int], Workflow]] = {
    each.__name__: each for each in (chain, wide, layers, groups, mapped, crossing, choices)
}


def _names(count: int) -> list[str]:
    return [f"task_{number}" for number in range(count)]


def _plain(name: str, tasks: Sequence[str], edges: Edges) -> Workflow:
    return Workflow(name=name, tasks=tuple(Task(name=task) for task in tasks), edges=tuple(edges))


def _nested(count: int, around: tuple[str, ...], tasks: list[Task], edges: Edges) -> tuple[str, str]:
    """Add `count` tasks to the lists; the names of the first and the last."""

    def add() -> str:
        tasks.append(Task(name=f"task_{len(tasks)}", groups=around))
        return tasks[-1].name

    first = add()
    if count == 1:
        return first, first
    inner = count - 2
    ends = [
        _nested(part, (*around, f"part_{number}"), tasks, edges)
        for number, part in enumerate((inner // 3, (inner + 1) // 3, (inner + 2) // 3))
        if part
    ]
    last = add()
    edges += [(first, begin) for begin, _ in ends] + [(end, last) for _, end in ends] or [(first, last)]
    return first, last
