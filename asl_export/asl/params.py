"""The states at the start that give params their defaults and check what was given."""

from __future__ import annotations

from asl_export.asl import states as asl
from asl_export.asl.names import Names
from asl_export.asl.places import LOGICAL_DATE, Places
from asl_export.ir.graph import FlowGraph
from asl_export.ir.values import Document, Kind, Literal, Reference, Root


def start_states(graph: FlowGraph, places: Places, names: Names) -> list[list[asl.State]]:
    """The pieces before the first task; none when the tasks can read the execution's input as it is."""
    if not places.merged:
        return []
    start_time = Reference(root=Root.CONTEXT, path=("Execution", "StartTime"), kind=Kind.TEXT)
    defaults: dict[str, Document] = {LOGICAL_DATE: start_time} if places.dated else {}
    defaults |= {param.name: Literal(value=param.default) for param in graph.params if not param.required}
    return [[asl.MergeInput(name=names.claim("Params"), defaults=defaults)]]
