"""Task payloads become API requests and API answers become task results.

Step Functions writes every field in PascalCase, whatever the service's own case is; the names and types come from
botocore's models. Source: https://docs.aws.amazon.com/step-functions/latest/dg/integrate-services.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

from local_aws.stepfunctions.errors import RUNTIME, StatesError


def compact_json(value: Any) -> str:
    """JSON without spaces, as Step Functions writes it."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def to_request(shape: StructureShape | None, payload: Any, *, texts: bool) -> dict[str, Any]:
    """The request of a payload, with the service's own field names.

    :param texts: whether objects and numbers are written as JSON where the service wants a text (a message's body).
    :raises StatesError: States.Runtime that names every field which is unknown or of the wrong type.
    """
    faults: list[str] = []
    if not isinstance(payload, dict):
        faults.append("The payload must be an object")
        request: Any = {}
    else:
        request = _request(shape, payload, texts, faults) if shape is not None else {}
    if shape is not None:
        given = set(request)
        faults += [
            f"The field '{pascal(name)}' is required but was missing"
            for name in shape.required_members
            if name not in given
        ]
    if faults:
        raise StatesError(
            RUNTIME,
            f"The Parameters '{compact_json(payload)}' could not be used to start the Task: [{'; '.join(faults)}]",
        )
    return dict(request)


def _request(shape: Shape, value: Any, texts: bool, faults: list[str], name: str = "") -> Any:
    if isinstance(shape, StructureShape):
        if shape.is_document_type:
            return value
        return dict(_members(shape, _of(dict, value, name, "an OBJECT", faults), texts, faults))
    if isinstance(shape, ListShape):
        items = _of(list, value, name, "an ARRAY", faults)
        return [_request(shape.member, item, texts, faults, name) for item in items]
    if isinstance(shape, MapShape):
        pairs = _of(dict, value, name, "an OBJECT", faults)
        return {key: _request(shape.value, inner, texts, faults, key) for key, inner in pairs.items()}
    return _scalar(shape.type_name, value, texts, faults, name)


def _members(
    shape: StructureShape, payload: Mapping[str, Any], texts: bool, faults: list[str]
) -> Iterator[tuple[str, Any]]:
    names = {pascal(member): member for member in shape.members}
    for field, value in payload.items():
        member = names.get(field)
        if member is None:
            faults.append(f"The field '{field}' is not supported by Step Functions")
        elif value is not None:
            yield member, _request(shape.members[member], value, texts, faults, field)


def _of(kind: type, value: Any, name: str, words: str, faults: list[str]) -> Any:
    if isinstance(value, kind):
        return value
    faults.append(f"The value for the field '{name}' must be {words}")
    return kind()


def _scalar(type_name: str, value: Any, texts: bool, faults: list[str], name: str) -> Any:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    match type_name:
        case "string" | "character":
            if isinstance(value, str):
                return value
            if texts:
                return compact_json(value)
            faults.append(f"The value for the field '{name}' must be a STRING")
        case "blob":
            return (value if isinstance(value, str) else compact_json(value)).encode()
        case "integer" | "long":
            if is_number and float(value).is_integer():
                return int(value)
            faults.append(f"The value for the field '{name}' must be an INTEGER")
        case "float" | "double":
            if is_number:
                return value
            faults.append(f"The value for the field '{name}' must be a NUMBER")
        case "boolean":
            if isinstance(value, bool):
                return value
            faults.append(f"The value for the field '{name}' must be a BOOLEAN")
        case _:
            return value
    return value


def to_result(shape: Shape | None, value: Any) -> Any:
    """An answer in PascalCase and JSON's types: times become ISO 8601 texts, bodies texts."""
    if isinstance(shape, StructureShape) and isinstance(value, Mapping):
        return {
            pascal(name): to_result(shape.members.get(name), inner)
            for name, inner in value.items()
            if name != "ResponseMetadata"
        }
    if isinstance(shape, ListShape) and isinstance(value, list):
        return [to_result(shape.member, item) for item in value]
    if isinstance(shape, MapShape) and isinstance(value, Mapping):
        return {name: to_result(shape.value, inner) for name, inner in value.items()}
    if isinstance(value, datetime):
        return iso_time(value)
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    if hasattr(value, "read"):
        return value.read().decode(errors="replace")
    return value


def iso_time(moment: datetime) -> str:
    """A time as Step Functions writes it: `2024-01-01T00:00:00.123Z`, and `2024-01-01T00:00:00Z` on the full second.

    Source: https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html
    """
    utc = moment.astimezone(UTC)
    exact = "milliseconds" if utc.microsecond >= 1000 else "seconds"
    return utc.isoformat(timespec=exact).replace("+00:00", "Z")


def pascal(name: str) -> str:
    """A field's name as Step Functions has it."""
    return f"{name[:1].upper()}{name[1:]}"
