"""Putting our Step Functions in the place of moto's."""

from __future__ import annotations

from pathlib import Path

from moto.stepfunctions import urls
from moto.stepfunctions.models import stepfunctions_backends

from local_aws.stepfunctions.backend import ExecutingBackend
from local_aws.stepfunctions.engine import Engine
from local_aws.stepfunctions.language.jsonata import JsonataLanguage
from local_aws.stepfunctions.language.recording import ExpressionRecorder
from local_aws.stepfunctions.responses import ExecutingResponse


def install(*, endpoint: str, record_expressions: Path | None = None) -> None:
    """Let state machines of the moto server in this process run; call it before the server serves.

    CloudFormation creates its state machines in the same backends, so these run too.

    :param endpoint: the server's own address, which the executions call the other services at.
    :param record_expressions: the file to append each evaluated JSONata expression to.
    """
    if record_expressions is not None:
        JsonataLanguage.recorder = ExpressionRecorder(record_expressions)
    ExecutingBackend.engine = Engine(endpoint)
    stepfunctions_backends.backend = ExecutingBackend
    urls.url_paths["{0}/$"] = ExecutingResponse.dispatch
