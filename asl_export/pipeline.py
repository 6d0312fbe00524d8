"""The public face of the compiler: DAG –read→ FlowGraph –check→ –structure→ Block –lower→ StateMachine –render→ JSON.

Pure and offline: no network, no credentials, no database, no clock. The same DAG gives the same bytes.
"""

from __future__ import annotations

import gc
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from airflow.sdk import DAG

from asl_export.asl.dialects import Dialect, QueryLanguage
from asl_export.asl.dialects.jsonata import Jsonata
from asl_export.asl.dialects.jsonpath import JsonPath
from asl_export.asl.lower import Lowering, lower
from asl_export.asl.missing_results import check_missing_results
from asl_export.asl.places import Places
from asl_export.asl.render import render
from asl_export.asl.speech import check_speech, checked_rules
from asl_export.asl.states import StateMachine
from asl_export.checks import CHECKS
from asl_export.checks.definition_size import check_definition_size
from asl_export.checks.history import check_history
from asl_export.diagnostics import Code, Diagnostic, ExportError, Severity
from asl_export.frontend.load import DagFiles, load_dag, load_dags
from asl_export.frontend.read import read_dag
from asl_export.ir.graph import FlowGraph
from asl_export.outcomes.fail_fast import check_group_failures
from asl_export.outcomes.logic import is_strict, logic_of
from asl_export.outcomes.races import check_races
from asl_export.structure.build import structure
from asl_export.structure.contract import check_groups

__all__ = ["DagFiles", "Export", "QueryLanguage", "check_dag", "export_dag", "list_dags", "load_dag"]

DIALECTS: Mapping[QueryLanguage, Dialect] = {
    QueryLanguage.JSONATA: Jsonata(),
    QueryLanguage.JSONPATH: JsonPath(),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """A state machine's definition, what to know about it, and what the DAG says about it beside.

    `added_waits`: tasks, each with one that it waits for in the machine and not, or not always, in the DAG. The
    warnings tell of them; what follows from these waits together with the DAG's edges isn't listed.
    `graph` is what the DAG asks for, `machine` the definition free of any query language, `owners` the task, or mapped
    task or group, that a state is of, by the state's name.
    """

    definition: dict[str, Any]
    warnings: tuple[Diagnostic, ...]
    dag_id: str
    tags: Mapping[str, str]
    added_waits: tuple[tuple[str, str], ...]
    graph: FlowGraph
    machine: StateMachine
    owners: Mapping[str, str]

    def to_json(self, *, pretty: bool) -> str:
        """The definition as text: indented with a newline at the end, or without any white space."""
        if pretty:
            return json.dumps(self.definition, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
        return json.dumps(self.definition, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def list_dags(dags_folder: Path) -> DagFiles:
    """The DAGs of a folder by id, and what is wrong with the files of others.

    :raises ExportError: for a missing folder.
    """
    return load_dags(dags_folder)


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Without the search for cycles, of which the compiler makes none: each would go through all of Airflow."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


@_collector_paused()
def export_dag(dag: DAG, *, query_language: QueryLanguage = QueryLanguage.JSONATA, exact: bool = False) -> Export:
    """The state machine that does what the DAG does.

    :param exact: refuse a DAG of which a task would wait for more than the DAG asks, instead of a warning.

    :raises ExportError: with every reason why the DAG can't be exported.
    """
    reading = read_dag(dag)
    graph, found = reading.graph, reading.diagnostics
    if graph is None:
        raise ExportError(found)
    found += tuple(finding for check in CHECKS for finding in check(graph))
    found += tuple(check_groups(graph.region))
    _raise_errors(found)
    logic = logic_of(graph)
    found += tuple(check_group_failures(graph, logic))
    _raise_errors(found)
    structured = structure(graph, strict=is_strict(graph, logic))
    history = check_history(graph, structured.block)
    found += (*structured.diagnostics, *history.diagnostics, *check_races(graph, logic.races))
    if exact:
        found = tuple(replace(item, severity=Severity.ERROR) if item.code is Code.BARRIER else item for item in found)
    _raise_errors(found)
    dialect = DIALECTS[query_language]
    rules = checked_rules(graph, dialect)
    lowered = lower(
        Lowering(
            graph=graph,
            block=structured.block,
            logic=logic,
            places=Places.of(graph, checked=bool(rules)),
            plain=structured.plain,
            items_inside=dialect.items_inside,
            distributed=history.distributed,
            rules=rules,
        )
    )
    found += tuple(dict.fromkeys(check_speech(graph, lowered.spoken, dialect)))
    found += () if dialect.missing_is_nothing else tuple(check_missing_results(graph, logic))
    _raise_errors(found)
    export = Export(
        definition=render(lowered.machine, dialect),
        warnings=found,
        dag_id=graph.dag_id,
        tags=graph.tags,
        added_waits=tuple(dict.fromkeys(wait for warning in found for wait in warning.waits)),
        graph=graph,
        machine=lowered.machine,
        owners=lowered.owners,
    )
    _raise_errors((*found, *check_definition_size(export.to_json(pretty=False), graph.location)))
    return export


def check_dag(
    dag: DAG, *, query_language: QueryLanguage = QueryLanguage.JSONATA, exact: bool = False
) -> tuple[Diagnostic, ...]:
    """All there is to say about exporting a DAG; without an error among them it can be exported."""
    try:
        return export_dag(dag, query_language=query_language, exact=exact).warnings
    except ExportError as error:
        return error.diagnostics


def _raise_errors(found: tuple[Diagnostic, ...]) -> None:
    if any(item.is_error for item in found):
        raise ExportError(found)
