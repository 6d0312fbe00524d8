"""The params of a DAG or a task."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from airflow.sdk import Param
from airflow.sdk.definitions._internal.types import is_arg_set
from airflow.sdk.definitions.param import ParamsDict

from asl_export.diagnostics import Code, Diagnostic, Location
from asl_export.frontend.template_words import DATES
from asl_export.ir.graph import ParamSpec


def read_params(params: ParamsDict | Mapping[str, Any]) -> tuple[ParamSpec, ...]:
    """The params in the order of the DAG; one without a default must be given."""
    specs = []
    for name in params:
        param = params.get_param(name) if isinstance(params, ParamsDict) else Param(params[name])
        has_default = is_arg_set(param.value)
        specs.append(
            ParamSpec(
                name=name,
                required=not has_default,
                default=param.value if has_default else None,
                schema=dict(param.schema),
            )
        )
    return tuple(specs)


def check_params(params: ParamsDict | Mapping[str, Any], where: Location) -> Iterator[Diagnostic]:
    """A refusal for each param that the exported machine can't have."""
    for name in params:
        if name in DATES:
            yield Diagnostic(
                code=Code.UNSUPPORTED_SETTING,
                message=f"a param called {name!r} can't be exported",
                location=replace(where, field="params"),
                why="in the execution's input that name is the run's own date",
                fix="rename the param",
            )
