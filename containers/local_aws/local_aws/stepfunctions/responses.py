"""moto's Step Functions API, with what it lacks or answers incompletely."""

from __future__ import annotations

import json
from typing import Any

from moto.core.exceptions import AWSError
from moto.core.responses import ActionResult, EmptyResult
from moto.stepfunctions.exceptions import InvalidToken, StateMachineDoesNotExist
from moto.stepfunctions.responses import StepFunctionResponse

from local_aws.stepfunctions.backend import ExecutingBackend
from local_aws.stepfunctions.definition import parse_definition
from local_aws.stepfunctions.errors import InvalidDefinitionError
from local_aws.stepfunctions.tokens import UnknownTokenError

_PAGE = 100
_MOST_DIAGNOSTICS = 100


class TaskDoesNotExist(AWSError):  # type: ignore[misc]  # noqa: N818 - moto is untyped; the API's name
    """No task waits for the token."""

    TYPE = "TaskDoesNotExist"


class InvalidOutput(AWSError):  # type: ignore[misc]  # noqa: N818 - moto is untyped; the API's name
    """The output sent for a token is no JSON."""

    TYPE = "InvalidOutput"


class ExecutingResponse(StepFunctionResponse):  # type: ignore[misc]  # moto is untyped here
    """The API of `ExecutingBackend`."""

    @property
    def _backend(self) -> ExecutingBackend:
        backend: ExecutingBackend = self.stepfunction_backend
        return backend

    def describe_execution(self) -> ActionResult:
        """DescribeExecution, of a Map Run's child too."""
        description = self._backend.describe_execution(self._get_param("executionArn")).to_description()
        if self._get_param("includedData") == "METADATA_ONLY":
            description = _without_data(description)
        return ActionResult(description)

    def describe_state_machine_for_execution(self) -> ActionResult:
        """DescribeStateMachineForExecution: as it was when the execution started."""
        source = self._backend.describe_execution(self._get_param("executionArn")).source
        machine = next((one for one in self._backend.state_machines if one.arn == source.arn.split("/")[0]), None)
        if machine is None:
            raise StateMachineDoesNotExist(f"State Machine Does Not Exist: '{source.arn}'")
        return ActionResult(
            {
                "stateMachineArn": source.arn,
                "name": source.name,
                "definition": source.definition,
                "roleArn": source.role_arn,
                "updateDate": machine.update_date,
            }
        )

    def list_executions(self) -> ActionResult:
        """ListExecutions of a state machine or a Map Run, newest first."""
        if map_run := self._get_param("mapRunArn"):
            found = list(self._backend.map_run_executions(map_run))
        else:
            found = list(self._backend.describe_state_machine(self._get_param("stateMachineArn")).executions)
        wanted = self._get_param("statusFilter")
        # The order in which they started; a clock could give two the same time.
        entries = [one.to_entry() for one in reversed(found) if wanted in (None, one.status)]
        return self._page("executions", entries)

    def stop_execution(self) -> ActionResult:
        """StopExecution, with its error and cause."""
        execution = self._backend.stop_execution(
            self._get_param("executionArn"), self._get_param("error"), self._get_param("cause")
        )
        return ActionResult({"stopDate": execution.stop_date})

    def get_execution_history(self) -> ActionResult:
        """GetExecutionHistory, in pages, either way round."""
        events = list(self._backend.describe_execution(self._get_param("executionArn")).history.events)
        if self._get_param("reverseOrder"):
            events.reverse()
        if self._get_param("includeExecutionData") is False:
            events = [_without_data(event) for event in events]
        return self._page("events", events)

    def validate_state_machine_definition(self) -> ActionResult:
        """ValidateStateMachineDefinition: every problem of a definition."""
        try:
            parse_definition(self._get_param("definition"))
        except InvalidDefinitionError as error:
            most = self._get_int_param("maxResults") or _MOST_DIAGNOSTICS
            diagnostics = [problem.to_api() for problem in error.problems[:most]]
            truncated = len(error.problems) > most
            return ActionResult({"result": "FAIL", "diagnostics": diagnostics, "truncated": truncated})
        return ActionResult({"result": "OK", "diagnostics": [], "truncated": False})

    def send_task_success(self) -> ActionResult:
        """SendTaskSuccess."""
        try:
            self._backend.engine.tokens.succeed(self._get_param("taskToken"), self._get_param("output"))
        except UnknownTokenError as error:
            raise _unknown(error) from error
        except json.JSONDecodeError as error:
            raise InvalidOutput(f"Invalid Output: '{error}'") from error
        return EmptyResult()

    def send_task_failure(self) -> ActionResult:
        """SendTaskFailure, with its error and cause."""
        error, cause = self._get_param("error") or "", self._get_param("cause") or ""
        try:
            self._backend.engine.tokens.fail(self._get_param("taskToken"), error, cause)
        except UnknownTokenError as unknown:
            raise _unknown(unknown) from unknown
        return EmptyResult()

    def send_task_heartbeat(self) -> ActionResult:
        """SendTaskHeartbeat."""
        try:
            self._backend.engine.tokens.beat(self._get_param("taskToken"))
        except UnknownTokenError as error:
            raise _unknown(error) from error
        return EmptyResult()

    def list_map_runs(self) -> ActionResult:
        """ListMapRuns of an execution."""
        execution = self._backend.describe_execution(self._get_param("executionArn"))
        return self._page("mapRuns", [run.to_entry() for run in execution.map_runs])

    def describe_map_run(self) -> ActionResult:
        """DescribeMapRun."""
        return ActionResult(self._backend.find_map_run(self._get_param("mapRunArn")).to_description())

    def update_map_run(self) -> ActionResult:
        """UpdateMapRun: concurrency and tolerance of a run under way."""
        run = self._backend.find_map_run(self._get_param("mapRunArn"))

        async def change() -> None:
            for name, attribute in _MAP_RUN_SETTINGS.items():
                if (value := self._get_param(name)) is not None:
                    setattr(run, attribute, value)
            run.changed.set()

        self._backend.engine.start(change()).result()
        return EmptyResult()

    def _page(self, name: str, entries: list[dict[str, Any]]) -> ActionResult:
        size = self._get_int_param("maxResults") or _PAGE
        token = self._get_param("nextToken") or "0"
        if not token.isdigit():
            raise InvalidToken(token)
        start = int(token)
        answer: dict[str, Any] = {name: entries[start : start + size]}
        if start + size < len(entries):
            answer["nextToken"] = str(start + size)
        return ActionResult(answer)


_MAP_RUN_SETTINGS = {
    "maxConcurrency": "max_concurrency",
    "toleratedFailureCount": "tolerated_count",
    "toleratedFailurePercentage": "tolerated_percentage",
}


def _without_data(document: dict[str, Any]) -> dict[str, Any]:
    """The document without inputs and outputs, however deep."""
    return {
        name: _without_data(value) if isinstance(value, dict) else value
        for name, value in document.items()
        if name not in ("input", "output", "parameters", "assignedVariables")
    }


def _unknown(error: UnknownTokenError) -> TaskDoesNotExist:
    return TaskDoesNotExist(f"Task Timed Out: 'Provided task does not exist anymore': {error}")
