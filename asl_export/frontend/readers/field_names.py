"""The names of a request's fields as Step Functions wants them: with a capital, at every level.

The names that a user chose stay as they are.
Source: https://docs.aws.amazon.com/step-functions/latest/dg/integrate-services.html
"""

from __future__ import annotations

from collections.abc import Mapping

from asl_export.ir.values import VALUE_TYPES, Document

# Fields of Batch whose keys are the user's: job parameters, tags, Kubernetes resources, labels and annotations.
_USER_KEYED = frozenset({"parameters", "tags", "limits", "requests", "labels", "annotations"})


def with_capitals(document: Document) -> Document:
    """A part of a request with capitals on the API's own names."""
    match document:
        case _ if isinstance(document, VALUE_TYPES):
            return document
        case Mapping():
            return {_capital(name): _field(name, item) for name, item in document.items()}
        case list() | tuple():
            return [with_capitals(item) for item in document]
        case _:
            return document


def _field(name: str, item: Document) -> Document:
    return item if name in _USER_KEYED and isinstance(item, Mapping) else with_capitals(item)


def _capital(name: str) -> str:
    return name[:1].upper() + name[1:]
