"""The refusal of an operator: what it is called in the DAG, and what to use in its place."""

from __future__ import annotations

from airflow.sdk.bases.skipmixin import SkipMixin

from asl_export.diagnostics import Code, Diagnostic, Location
from asl_export.frontend.readers import READERS


def unsupported(operator: type, where: Location) -> Diagnostic:
    """The refusal of a task whose operator isn't known."""
    known = next((known.__name__ for known in READERS if issubclass(operator, known)), None)
    names = ", ".join(sorted(known.__name__ for known in READERS))
    why = f"Step Functions runs no Python of the DAG; the export knows what these operators do: {names}"
    fix = "run the work as a Batch job (BatchJobOperator), or keep this DAG in Airflow"
    if known is not None:
        why = f"it may do something else than {known}, whose subclass it is: the export doesn't read Python"
        fix = f"use {known} itself, or keep this DAG in Airflow"
    elif issubclass(operator, SkipMixin):
        fix = "choose with a ChoiceOperator, whose conditions are templates, or keep this DAG in Airflow"
    return Diagnostic(
        code=Code.UNSUPPORTED_OPERATOR,
        message=f"{_called(operator)} can't be exported",
        location=where,
        why=why,
        fix=fix,
    )


def _called(operator: type) -> str:
    """The operator's name as the DAG file has it: a decorator's operator has a class of another name."""
    return str(getattr(operator, "custom_operator_name", operator.__name__))
