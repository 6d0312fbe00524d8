"""What all of Amazon's operators have, and what their arguments are in a request."""

from __future__ import annotations

from collections.abc import Mapping

from asl_export.diagnostics import Code
from asl_export.frontend.refusal import RefusalError
from asl_export.frontend.settings import HARMLESS, Setting, refused, warned
from asl_export.ir.values import VALUE_TYPES, Document, Kind, Literal, Value, kind_of

AWS_SETTINGS: Mapping[str, Setting] = {
    "aws_conn_id": warned(
        "the exported machine calls AWS with its own role",
        "give that role the rights of the connection",
        default="aws_default",
    ),
    "region_name": refused(
        "the exported machine calls AWS in its own region",
        "remove it, and create the state machine in that region",
    ),
    # Taken by the constructor and used by nobody.
    "region": HARMLESS,
    "verify": HARMLESS,
    "botocore_config": HARMLESS,
}


def request_of(attributes: Mapping[str, Document], fields: Mapping[str, str]) -> dict[str, Document]:
    """The fields of a request that the operator's arguments give; `fields` has AWS's names with the operator's."""
    return {name: attributes[field] for name, field in fields.items() if attributes.get(field) is not None}


def switch(name: str, document: Document, *, default: bool) -> bool:
    """A setting that is on or off.

    :raises RefusalError: for what only the run knows.
    """
    match document:
        case None:
            return default
        case Literal(value=bool() as given):
            return given
        case Literal(value=str() as given) if given.strip().lower() in ("true", "false"):
            return given.strip().lower() == "true"
        case _:
            raise invalid(
                name, f"{name} must be True or False when the DAG is parsed", why="the machine has one state or another"
            )


def text(name: str, document: Document) -> Value:
    """A text, as AWS wants it.

    :raises RefusalError: for what is known to be none.
    """
    if isinstance(document, VALUE_TYPES) and kind_of(document) in (Kind.TEXT, Kind.DATE, Kind.ANY):
        value: Value = document
        return value
    raise invalid(name, f"{name} must be a text", why="AWS wants a text there, and Airflow fails with another type")


def invalid(field: str, what: str, *, why: str, fix: str = "correct the value") -> RefusalError:
    """The refusal of an argument's value."""
    return RefusalError(Code.INVALID_VALUE, what, why=why, fix=fix, field=field)
