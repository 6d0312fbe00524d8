"""State machines as tests use them: create, run, look at what happened."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

from tests.local.batch_resources import Batch
from tests.local.local_aws_server import LocalAws, wait_for

ROLE = "arn:aws:iam::123456789012:role/states"
JSONATA = "JSONata"
DISTRIBUTED = {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
PASS = {"Type": "Pass"}
SUBMIT = "arn:aws:states:::batch:submitJob.sync"


@dataclass(frozen=True)
class Execution:
    """An execution that has ended."""

    aws: LocalAws
    description: dict[str, Any]

    @property
    def arn(self) -> str:
        return str(self.description["executionArn"])

    @property
    def status(self) -> str:
        return str(self.description["status"])

    @property
    def output(self) -> Any:
        assert self.status == "SUCCEEDED", self.description
        return json.loads(self.description["output"])

    @property
    def error(self) -> str:
        assert self.status in ("FAILED", "TIMED_OUT"), self.description
        return str(self.description.get("error"))

    @property
    def cause(self) -> str:
        return str(self.description.get("cause"))

    @cached_property
    def events(self) -> list[dict[str, Any]]:
        paginator = self.aws.client("stepfunctions").get_paginator("get_execution_history")
        pages = paginator.paginate(executionArn=self.arn, maxResults=1000)
        return [event for page in pages for event in page["events"]]

    def details(self, kind: str) -> list[dict[str, Any]]:
        """The details of the events of a type."""
        name = f"{kind[:1].lower()}{kind[1:]}EventDetails"
        return [event.get(name, {}) for event in self.events if event["type"] == kind]


@dataclass(frozen=True)
class StateMachines:
    aws: LocalAws

    @cached_property
    def client(self) -> Any:
        return self.aws.client("stepfunctions")

    def create(self, definition: dict[str, Any] | str, **settings: Any) -> str:
        text = definition if isinstance(definition, str) else json.dumps(definition)
        name = settings.pop("name", f"m{uuid.uuid4().hex[:10]}")
        answer = self.client.create_state_machine(name=name, definition=text, roleArn=ROLE, **settings)
        return str(answer["stateMachineArn"])

    def start(self, definition: dict[str, Any] | str, data: Any = None) -> str:
        machine = self.create(definition)
        text = json.dumps({} if data is None else data)
        return str(self.client.start_execution(stateMachineArn=machine, input=text)["executionArn"])

    def ended(self, execution: str, *, seconds: float = 30.0) -> Execution:
        def description() -> Any:
            found = self.client.describe_execution(executionArn=execution)
            return found if found["status"] != "RUNNING" else None

        return Execution(self.aws, wait_for(description, seconds=seconds, what=f"the end of {execution}"))

    def run(self, definition: dict[str, Any] | str, data: Any = None, *, seconds: float = 30.0) -> Execution:
        return self.ended(self.start(definition, data), seconds=seconds)

    def state(self, state: dict[str, Any], data: Any = None, *, language: str = JSONATA) -> Execution:
        """Run a machine of this one state."""
        return self.run(machine(language=language, Only={**state, "End": True}), data)

    def evaluate(self, expression: str, data: Any = None) -> Any:
        """The value of a JSONata expression."""
        return self.state({"Type": "Pass", "Output": {"value": f"{{% {expression} %}}"}}, data).output["value"]


def machine(language: str = JSONATA, **states: dict[str, Any]) -> dict[str, Any]:
    """A definition whose states follow one another unless they say otherwise."""
    return {"QueryLanguage": language, **branch(**states)}


def branch(**states: dict[str, Any]) -> dict[str, Any]:
    """States as a branch or an ItemProcessor has them, in the query language of what is around."""
    names = list(states)
    following = dict(pairwise(names))
    filled = {}
    for name, state in states.items():
        goes = {"Next", "End"} & set(state) or state["Type"] in ("Choice", "Succeed", "Fail")
        flow = {} if goes else {"Next": following[name]} if name in following else {"End": True}
        filled[name] = {**state, **flow}
    return {"StartAt": names[0], "States": filled}


def job(batch: Batch, script: str = "true", **arguments: Any) -> dict[str, Any]:
    """A Task that runs a shell script as a job and waits for it."""
    overrides = {"Command": ["sh", "-c", script], **arguments.pop("ContainerOverrides", {})}
    return {
        "Type": "Task",
        "Resource": SUBMIT,
        "Arguments": {
            "JobName": "job",
            "JobQueue": batch.queue,
            "JobDefinition": f"{batch.name}-definition",
            "ContainerOverrides": overrides,
            **arguments,
        },
    }


def jobs_named(batch: Batch, name: str) -> list[dict[str, Any]]:
    """The descriptions of the jobs of a name, newest first."""
    filters = [{"name": "JOB_NAME", "values": [name]}]
    found = batch.client.list_jobs(jobQueue=batch.queue, filters=filters)["jobSummaryList"]
    return [batch.describe(each["jobId"]) for each in found]


def each(processor: dict[str, Any], *, config: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    """A Map of these states."""
    settings = {} if config is None else {"ProcessorConfig": config}
    return {"Type": "Map", "ItemProcessor": {**settings, **processor}, **fields}


def failing_where_odd() -> dict[str, Any]:
    """A branch that fails for an odd input."""
    return branch(
        Choose={
            "Type": "Choice",
            "Choices": [{"Condition": "{% $states.input % 2 = 1 %}", "Next": "Bad"}],
            "Default": "Good",
        },
        Bad={"Type": "Fail", "Error": "Odd", "Cause": "an odd number"},
        Good={"Type": "Succeed"},
    )
