"""The params of a DAG or a task."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airflow.sdk import Param
from airflow.sdk.definitions._internal.types import is_arg_set
from airflow.sdk.definitions.param import ParamsDict
from jsonschema import Draft202012Validator, SchemaError

from asl_export.diagnostics import Code
from asl_export.frontend.json_values import checked_json, checked_text
from asl_export.frontend.refusal import RefusalError
from asl_export.frontend.template_words import DATES
from asl_export.ir.graph import ParamSpec

Params = ParamsDict | Mapping[str, Any]


def read_params(params: Params) -> tuple[ParamSpec, ...]:
    """The params in the order of the DAG; one without a default must be given."""
    specs = []
    for name in params:
        param = _param(params, name)
        has_default = is_arg_set(param.value)
        specs.append(
            ParamSpec(
                name=name,
                required=not has_default,
                default=param.value if has_default else None,
                schema=dict(param.schema) if isinstance(param.schema, Mapping) else {},
            )
        )
    return tuple(specs)


def refused_params(params: Params) -> dict[str, RefusalError]:
    """Why the exported machine can't have some of the params, by name."""
    refused = {}
    for name in params:
        try:
            _check(name, _param(params, name))
        except RefusalError as refusal:
            refused[name] = refusal
    return refused


def _param(params: Params, name: str) -> Param:
    return params.get_param(name) if isinstance(params, ParamsDict) else Param(params[name])


def _check(name: object, param: Param) -> None:
    if name in DATES:
        raise RefusalError(
            Code.UNSUPPORTED_SETTING,
            f"a param called {name!r} can't be exported",
            why="in the execution's input that name is the run's own date",
            fix="rename the param",
        )
    if not isinstance(name, str):
        raise RefusalError(
            Code.INVALID_VALUE,
            f"a param is called {name!r}, which isn't a text",
            why="the names of an execution's input are texts",
            fix=f"write {str(name)!r}",
        )
    try:
        checked_text(name)
        checked_json(param.value if is_arg_set(param.value) else None)
        checked_json(param.schema)
    except RefusalError as refusal:
        refusal.what = f"param {name!r}: {refusal.what}"
        raise
    try:
        Draft202012Validator.check_schema(param.schema)
    except SchemaError as error:
        place = "".join(f"{step}: " for step in error.path)
        raise RefusalError(
            Code.INVALID_VALUE,
            f"param {name!r}: its rules aren't JSON Schema: {place}{error.message}",
            why="Airflow can't check a value by them either, and starts no run",
            fix="correct the rule",
        ) from error
