"""A SubmitJob request with the names that Step Functions wants.

Step Functions writes the names of the API's fields with a capital; the names that a user chose stay as they are.
Source: https://docs.aws.amazon.com/step-functions/latest/dg/connect-batch.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from asl_export.ir.values import Document

# Fields of SubmitJob whose keys are the user's: job parameters, tags, Kubernetes resources, labels and annotations.
_USER_KEYED = frozenset({"parameters", "tags", "limits", "requests", "labels", "annotations"})


def step_functions_names(request: Mapping[str, Document]) -> dict[str, Document]:
    """The request with capitals on the API's own names."""
    return {_capital(name): item if name in _USER_KEYED else _inner(item) for name, item in request.items()}


def _inner(item: Any) -> Document:
    if isinstance(item, Mapping):
        return step_functions_names(item)
    return [_inner(part) for part in item] if isinstance(item, list | tuple) else item


def _capital(name: str) -> str:
    return name[:1].upper() + name[1:]
