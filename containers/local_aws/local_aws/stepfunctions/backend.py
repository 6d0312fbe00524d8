"""moto's Step Functions backend, in which executions really run.

moto keeps the state machines, versions, aliases, tags and activities; what executes is ours.
"""

from __future__ import annotations

import json
import random
import uuid
from typing import Any, ClassVar

from moto.core.exceptions import AWSError
from moto.stepfunctions import urls
from moto.stepfunctions.exceptions import ExecutionDoesNotExist, InvalidExecutionInput, ResourceNotFound
from moto.stepfunctions.models import StateMachine, StepFunctionBackend

from local_aws.stepfunctions.definition import parse_definition
from local_aws.stepfunctions.engine import Engine
from local_aws.stepfunctions.errors import InvalidDefinitionError
from local_aws.stepfunctions.execution import Execution, Source
from local_aws.stepfunctions.interpreter import PAYLOAD_LIMIT
from local_aws.stepfunctions.items.map_run import MapRun


class InvalidDefinition(AWSError):  # type: ignore[misc]  # noqa: N818 - moto is untyped; the API's name
    """A definition that can't run."""

    TYPE = "InvalidDefinition"


class StateMachineAlreadyExists(AWSError):  # type: ignore[misc]  # noqa: N818 - moto is untyped; the API's name
    """The name is taken by a state machine that differs."""

    TYPE = "StateMachineAlreadyExists"


class MissingRequiredParameter(AWSError):  # type: ignore[misc]  # noqa: N818 - moto is untyped; the API's name
    """UpdateStateMachine with nothing to update."""

    TYPE = "MissingRequiredParameter"


class ExecutingBackend(StepFunctionBackend):  # type: ignore[misc]  # moto is untyped here
    """State machines whose executions run in the engine that `install` sets."""

    engine: ClassVar[Engine]

    @property
    def _url_module(self) -> Any:
        # moto looks for it beside this module.
        return urls

    def create_state_machine(self, name: str, definition: str, roleArn: str, **options: Any) -> StateMachine:  # noqa: N803
        """As the API: the same again is answered with the one there is, a different one is refused.

        Source: https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html
        """
        _checked(definition)
        for existing in self.state_machines:
            if existing.name == name and not _same(existing, definition, roleArn, options):
                raise StateMachineAlreadyExists(f"State Machine Already Exists: '{existing.arn}'")
        machine = super().create_state_machine(name, definition, roleArn, **options)
        machine.sm_type = machine.type
        return machine

    def update_state_machine(
        self, arn: str, definition: str | None = None, role_arn: str | None = None, **options: Any
    ) -> StateMachine:
        """As the API: executions that run go on with what they started with."""
        if definition is None and role_arn is None and not any(options.values()):
            raise MissingRequiredParameter(
                "Either the definition, the role ARN, the LoggingConfiguration, or the TracingConfiguration "
                "must be specified"
            )
        if definition is not None:
            _checked(definition)
        if role_arn is not None:
            self._validate_role_arn(role_arn)
        return super().update_state_machine(arn, definition, role_arn, **options)

    def delete_state_machine(self, arn: str) -> None:
        """Delete it, and abort what runs of it (AWS does that at an execution's next transition).

        Source: https://docs.aws.amazon.com/step-functions/latest/apireference/API_DeleteStateMachine.html
        """
        for machine in self.state_machines:
            if machine.arn == arn:
                self._abort(machine)
        super().delete_state_machine(arn)
        self.tagger.delete_all_tags_for_resource(arn)

    def start_execution(
        self, state_machine_arn: str, name: str | None = None, execution_input: str | None = None
    ) -> Execution:
        """Start an execution; without a name it gets one. The same name and input while it runs are one execution."""
        if name:
            self._validate_name(name)
        text = execution_input or "{}"
        _check_input(text)
        machine = self._routed(state_machine_arn)
        owner = self._owner(machine)
        if name and (existing := owner._handle_name_input_idempotency(name, text)) is not None:
            found: Execution = existing
            return found
        source = Source(
            arn=owner.arn,
            name=machine.name,
            role_arn=machine.roleArn,
            region=self.region_name,
            definition=machine.definition,
            machine=_checked(machine.definition),
        )
        execution = Execution(engine=self.engine, source=source, name=name or str(uuid.uuid4()), execution_input=text)
        owner.executions.append(execution)
        execution.start()
        return execution

    def stop_execution(self, execution_arn: str, error: str | None = None, cause: str | None = None) -> Execution:
        """Abort an execution."""
        execution = self.describe_execution(execution_arn)
        execution.stop(error=error, cause=cause)
        return execution

    def describe_execution(self, execution_arn: str) -> Execution:
        """An execution, or the child of a Map Run."""
        self._validate_execution_arn(execution_arn)
        found = self._executions()
        if "/" in execution_arn:  # only the children of a Map Run have one
            found = [child for parent in found for children in parent.children.values() for child in children]
        for execution in found:
            if execution.execution_arn == execution_arn:
                return execution
        raise ExecutionDoesNotExist(f"Execution Does Not Exist: '{execution_arn}'")

    def map_run_executions(self, map_run_arn: str) -> list[Execution]:
        """The children of a Map Run."""
        for execution in self._executions():
            if map_run_arn in execution.children:
                return execution.children[map_run_arn]
        raise ResourceNotFound(map_run_arn)

    def find_map_run(self, map_run_arn: str) -> MapRun:
        """A Map Run. ResourceNotFound when there is none."""
        for execution in self._executions():
            for run in execution.map_runs:
                if run.arn == map_run_arn:
                    return run
        raise ResourceNotFound(map_run_arn)

    def reset(self) -> None:
        """Forget everything, and abort what runs."""
        for machine in self.state_machines:
            self._abort(machine)
        super().reset()

    def _executions(self) -> list[Execution]:
        return [execution for machine in self.state_machines for execution in machine.executions]

    def _abort(self, machine: StateMachine) -> None:
        for execution in machine.executions:
            execution.stop(error=None, cause=None)

    def _routed(self, arn: str) -> Any:
        """The state machine or version that an ARN (of a version, an alias, or the machine) stands for."""
        base, _, alias = arn.rpartition(":")
        for machine in self.state_machines:
            if machine.arn == base and alias in machine.aliases:
                routes = machine.aliases[alias].routing_configuration
                weights = [route["weight"] for route in routes]
                (chosen,) = random.choices(routes, weights)  # noqa: S311 - no secret
                return self.describe_state_machine(chosen["stateMachineVersionArn"])
        return self.describe_state_machine(arn)

    def _owner(self, machine: Any) -> Any:
        source_arn = getattr(machine, "source_arn", machine.arn)
        return next(owner for owner in self.state_machines if owner.arn == source_arn)


def _checked(definition: str) -> Any:
    try:
        return parse_definition(definition)
    except InvalidDefinitionError as error:
        raise InvalidDefinition(str(error)) from error


def _check_input(text: str) -> None:
    try:
        json.loads(text)
    except ValueError as error:
        raise InvalidExecutionInput(f"Invalid State Machine Execution Input: '{error}'") from error
    if len(text.encode()) > PAYLOAD_LIMIT:
        raise InvalidExecutionInput(f"Invalid State Machine Execution Input: it has more than {PAYLOAD_LIMIT} bytes")


def _same(existing: StateMachine, definition: str, role_arn: str, options: dict[str, Any]) -> bool:
    kind = options.get("sm_type") or "STANDARD"
    return (existing.definition, existing.roleArn, existing.type) == (definition, role_arn, kind)
