"""JSON within texts, in one form: Airflow's `tojson` and Step Functions write the same otherwise (docs/values.md)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from asl_export.verify.jobs import Job

_OPENING = re.compile(r'[\[{"]')


def with_json_in_one_form(job: Job) -> Job:
    """The job, with the JSON in its request's texts in one form."""
    return replace(job, request=in_one_form(job.request))


def in_one_form(value: Any) -> Any:
    """A JSON value; in its texts each JSON object, array and quoted text has no blanks, sorted keys and few escapes."""
    match value:
        case str():
            return _text(value)
        case Mapping():
            return {key: in_one_form(item) for key, item in value.items()}
        case list():
            return [in_one_form(item) for item in value]
        case _:
            return value


def _text(text: str) -> str:
    parts: list[str] = []
    position = 0
    while found := _OPENING.search(text, position):
        start = found.start()
        parts.append(text[position:start])
        try:
            document, position = _DECODER.raw_decode(text, start)
            parts.append(json.dumps(document, ensure_ascii=False, separators=(",", ":"), sort_keys=True))
        except (ValueError, RecursionError):  # no JSON after all
            parts.append(text[start])
            position = start + 1
    return "".join([*parts, text[position:]])


def _number(text: str) -> float | int:
    """A fraction with the 15 digits that JSONata keeps; 3.0 is 3."""
    number = float(f"{float(text):.15g}")
    return int(number) if number.is_integer() else number


_DECODER = json.JSONDecoder(parse_float=_number)
