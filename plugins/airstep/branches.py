"""Which tasks a failure inside a fail-fast group stops: pure decisions over task states."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Branches:
    """The fail-fast group of a task, as its trigger and its worker need it.

    `group_id` is the outermost ParallelBranches with fail_fast around the task: a failure anywhere in it counts.
    `ignored` are labels (task id, or task id, underscore and map index) whose failure does not stop this task: its own,
    and those upstream of it, about which its trigger rule has decided already. `map_index` is that of the task if the
    group lies inside a mapped task group: each item has a group of its own then, which stops for itself.
    """

    group_id: str
    ignored: tuple[str, ...] = ()
    map_index: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """The keyword arguments that make an equal value."""
        return {**asdict(self), "ignored": list(self.ignored)}

    @classmethod
    def from_dict(cls, value: Mapping[str, Any]) -> Branches:
        """The value that `to_dict` wrote."""
        return cls(group_id=value["group_id"], ignored=tuple(value["ignored"]), map_index=value.get("map_index"))

    def own(self, states: Mapping[str, str | None]) -> dict[str, str | None]:
        """The states of the group's tasks, without those of other items."""
        item = "" if self.map_index is None else f"_{self.map_index}"
        return {label: state for label, state in states.items() if label.endswith(item)}

    def failed_task(self, states: Mapping[str, str | None]) -> str | None:
        """The first task, in alphabetical order, whose failure stops this one; None while there is none."""
        own = self.own(states)
        return next((label for label in sorted(own) if own[label] == "failed" and label not in self.ignored), None)


def labels_of(task_ids: Collection[str], states: Iterable[str]) -> tuple[str, ...]:
    """The labels that belong to some tasks: a task id itself, and its map indexes."""
    return tuple(label for label in sorted(states) if split_label(label, task_ids)[0] in task_ids)


def split_label(label: str, task_ids: Collection[str]) -> tuple[str, int]:
    """Task id and map index of a label; -1 for a task that isn't mapped, or not expanded yet."""
    if label in task_ids:
        return label, -1
    task_id, _, index = label.rpartition("_")
    return (task_id, int(index)) if task_id in task_ids and index.isdigit() else (label, -1)


def with_states(
    states: Mapping[str, str | None],
    wanted: Collection[str | None],
    *,
    task_ids: Collection[str],
    except_labels: Collection[str] = (),
) -> Sequence[tuple[str, int]]:
    """Task id and map index of the tasks in one of the wanted states, without some, in alphabetical order."""
    return [
        split_label(label, task_ids)
        for label in sorted(states)
        if states[label] in wanted and label not in except_labels
    ]
