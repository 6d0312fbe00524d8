"""Reads of a part of a result that isn't there, as its task has failed or was skipped: JSONPath can't survive them.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html (States.Runtime)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from asl_export.asl.lower.variables import JOB
from asl_export.diagnostics import Code, Diagnostic
from asl_export.ir.graph import FlowGraph, documents_of, nodes_of
from asl_export.ir.status import Status
from asl_export.ir.values import RETURN_VALUE, TaskOutput, walk
from asl_export.outcomes.formula import atoms
from asl_export.outcomes.logic import Logic
from asl_export.outcomes.world import End, World, holds


def check_missing_results(graph: FlowGraph, logic: Logic) -> Iterator[Diagnostic]:
    """A refusal for each task that may run without a result of which it reads a part."""
    for node in nodes_of(graph.region):
        if node.id not in logic.tasks:
            continue
        read = (value for document in documents_of(node) for value in walk(document))
        givers = {value.task: None for value in read if isinstance(value, TaskOutput) and _is_part(value)}
        for giver in givers:
            if not _Certain(logic=logic, giver=giver).succeeded_before(node.id):
                yield Diagnostic(
                    code=Code.QUERY_LANGUAGE,
                    message=f"{node.id!r} may run when {giver!r} has given no result, and reads a part of it",
                    location=node.location,
                    why="a JSONPath that leads nowhere ends the execution with States.Runtime, which nothing catches",
                    fix="export with JSONata, give the task the rule all_success, or read the whole result in the job",
                )


def _is_part(value: TaskOutput) -> bool:
    return value.key != JOB and (value.key != RETURN_VALUE or bool(value.path))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Certain:
    """Whether a task must have succeeded for another to run."""

    logic: Logic
    giver: str

    def succeeded_before(self, task: str) -> bool:
        """Whether the giver has succeeded whenever a task runs."""
        seen, waiting = {task}, [task]
        while waiting:
            for above in self.needed(waiting.pop()):
                if above == self.giver:
                    return True
                if above not in seen:
                    seen.add(above)
                    waiting.append(above)
        return False

    def needed(self, task: str) -> Iterator[str]:
        """The tasks of which each must have succeeded, in all items, for this one to run."""
        runs = self.logic.tasks[task].runs
        for above in dict.fromkeys(atom.task for atom in atoms(runs)):
            ways = self.logic.tasks[above].ways
            bad = ways & {Status.FAILED, Status.UPSTREAM_FAILED, Status.SKIPPED}
            if all(holds(runs, World(ends={above: End(must=frozenset({way}), may=ways)})) is False for way in bad):
                yield above
