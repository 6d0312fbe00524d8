"""What the services' operations take, as botocore's models have it, in the names of Step Functions.

It reads the files that come with botocore, and no configuration.
Source: https://docs.aws.amazon.com/step-functions/latest/dg/integrate-services.html (a capital at every level)
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from asl_export.ir.values import Kind

SUBMIT_JOB = "arn:aws:states:::batch:submitJob"

_RESOURCE = re.compile(r"arn:aws:states:::(?:aws-sdk:)?(?P<service>\w+):(?P<action>\w+)")
_BOTO_NAMES = {"states": "stepfunctions", "sfn": "stepfunctions"}

_KINDS = {
    "structure": Kind.OBJECT,
    "map": Kind.OBJECT,
    "list": Kind.LIST,
    "string": Kind.TEXT,
    "character": Kind.TEXT,
    "integer": Kind.INTEGER,
    "long": Kind.INTEGER,
    "float": Kind.NUMBER,
    "double": Kind.NUMBER,
    "boolean": Kind.BOOLEAN,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A field of a mapping: the API's own name, and its shape's."""

    name: str
    shape: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What an API takes in one place; ANY: whatever is given. `inner` is the shape of a list's or map's items.

    `fields` are those of a mapping by Step Functions' names, None where the names are the user's.
    """

    kind: Kind
    fields: Mapping[str, Field] | None = None
    required: tuple[str, ...] = ()
    inner: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """An operation: its name, its service in botocore, and the name of its input's shape."""

    name: str
    service: str
    input: str

    def shape(self, name: str) -> Shape:
        """A shape of the service."""
        return _shape(self.service, name)


@cache
def operation_of(resource: str) -> Operation | None:
    """The operation behind an integration's ARN."""
    found = _RESOURCE.match(resource)
    if found is None:
        return None
    service = _BOTO_NAMES.get(found["service"], found["service"])
    name = _capital(found["action"])
    operation = _model(service)["operations"].get(name)
    return operation and Operation(name=name, service=service, input=operation["input"]["shape"])


@cache
def _model(service: str) -> Mapping[str, Any]:
    # Here, as botocore takes long to load; without the default paths, as one of them is in the user's home.
    from botocore.loaders import Loader

    loader = Loader(extra_search_paths=[Loader.BUILTIN_DATA_PATH], include_default_search_paths=False)
    model: Mapping[str, Any] = loader.load_service_model(service, "service-2")
    return model


@cache
def _shape(service: str, name: str) -> Shape:
    shape = _model(service)["shapes"][name]
    kind = _KINDS.get(shape["type"], Kind.ANY)
    match shape["type"]:
        case "structure" if not shape.get("document"):
            fields = {
                _capital(member): Field(name=member, shape=inner["shape"]) for member, inner in shape["members"].items()
            }
            return Shape(kind=kind, fields=fields, required=tuple(map(_capital, shape.get("required", ()))))
        case "structure":
            return Shape(kind=Kind.ANY)
        case "list":
            return Shape(kind=kind, inner=shape["member"]["shape"])
        case "map":
            return Shape(kind=kind, inner=shape["value"]["shape"])
        case _:
            return Shape(kind=kind)


def _capital(name: str) -> str:
    return name[:1].upper() + name[1:]
