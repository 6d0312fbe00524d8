"""Where what a run was started with lies in the running machine: the variable `params`, or the context object."""

from __future__ import annotations

from dataclasses import dataclass

from asl_export.ir.graph import FlowGraph, documents_of, nodes_of
from asl_export.ir.values import Call, Context, Function, Input, Kind, Moment, Origin, Reference, Root, Value, walk

PARAMS = "params"
LOGICAL_DATE = "logical_date"
DATES = (Moment.LOGICAL_DATE, Moment.DATA_INTERVAL_START, Moment.DATA_INTERVAL_END)
EXECUTION_INPUT = ("Execution", "Input")


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where params and dates lie; `merged`: the variable `params` exists, `dated`: it holds the logical date."""

    merged: bool
    dated: bool
    declared: frozenset[str]

    @classmethod
    def of(cls, graph: FlowGraph, *, checked: bool) -> Places:
        """The places of a graph's values."""
        used = [value for node in nodes_of(graph.region) for given in documents_of(node) for value in walk(given)]
        reads_params = any(isinstance(value, Input) and value.origin is Origin.PARAMS for value in used)
        dated = any(isinstance(value, Context) and value.moment in DATES for value in used)
        defaults = any(not param.required for param in graph.params)
        return cls(
            merged=dated or (reads_params and defaults) or checked,
            dated=dated,
            declared=frozenset(param.name for param in graph.params),
        )

    def reference(self, value: Value) -> Value:
        """The place of one value; literals stay."""
        match value:
            case Input(origin=Origin.PARAMS, path=path) if self.merged:
                certain = len(path) == 1 and path[0] in self.declared
                return _reference(Root.VARIABLE, (PARAMS, *path), value, certain=certain, sure=2)
            case Input(path=path):
                return _reference(Root.CONTEXT, (*EXECUTION_INPUT, *path), value, certain=False, sure=3)
            case Context(moment=Moment.RUN_ID):
                return Reference(root=Root.CONTEXT, path=("Execution", "Name"), kind=Kind.TEXT)
            case Context(moment=Moment.LOGICAL_DATE):
                return Reference(root=Root.VARIABLE, path=(PARAMS, LOGICAL_DATE), kind=Kind.TEXT)
            case Context(moment=Moment.DATA_INTERVAL_START | Moment.DATA_INTERVAL_END as moment):
                # Without a scheduler a run's data interval is an instant, the logical date, as in Airflow.
                given = Reference(
                    root=Root.VARIABLE,
                    path=(PARAMS, moment.value),
                    kind=Kind.TEXT,
                    source=moment.value,
                    certain=False,
                    sure=2,
                )
                logical_date = self.reference(Context(moment=Moment.LOGICAL_DATE))
                return Call(function=Function.DEFAULT, arguments=(given, logical_date), kind=Kind.TEXT)
            case Context(moment=Moment.MAP_INDEX):
                return Reference(root=Root.CONTEXT, path=("Map", "Item", "Index"), kind=Kind.INTEGER)
            case _:
                return value


def _reference(root: Root, path: tuple[str | int, ...], value: Input, *, certain: bool, sure: int) -> Reference:
    return Reference(
        root=root,
        path=path,
        kind=value.kind,
        source=value.source,
        certain=certain,
        sure=sure,
        floating=value.floating,
    )
