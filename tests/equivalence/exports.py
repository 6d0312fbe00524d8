"""Random plans exported without running them: what many checks of a definition alone can be asked."""

from __future__ import annotations

from pathlib import Path

from airflow.sdk import DAG
from hypothesis import assume

from asl_export.diagnostics import Code, ExportError
from asl_export.pipeline import Export, QueryLanguage
from tests.equivalence.compiling import compiled
from tests.equivalence.judgement import REFUSALS
from tests.equivalence.plans import Plan
from tests.equivalence.source import source

_KNOWN = {*REFUSALS, Code.UNREADABLE_FILE, Code.TRIGGER_RULE}
"""A rule is refused behind a fail-fast group that may be stopped: nobody can tell how its tasks would end."""


def exported(plan: Plan, language: QueryLanguage, folder: Path) -> tuple[DAG, Export]:
    """A plan's DAG and its export; plans that Airflow or, for a known reason, the compiler refuses are left out.

    :raises ExportError: the compiler refuses the DAG for another reason.
    """
    try:
        return compiled(source(plan), "plan", language, folder)
    except ExportError as error:
        codes = {str(item.code) for item in error.diagnostics if item.is_error}
        if codes - _KNOWN:
            raise
        assume(False)
        raise
