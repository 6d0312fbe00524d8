"""One execution: its input, its status and output as the API tells them, and the run behind them."""

from __future__ import annotations

import asyncio
import json
import logging
import uuid
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotYetError
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from local_aws.stepfunctions.engine import Engine
from local_aws.stepfunctions.errors import RUNTIME, StatesError
from local_aws.stepfunctions.history import UNTRUNCATED, Cursor, History
from local_aws.stepfunctions.interpreter import Frame, Run, run_machine
from local_aws.stepfunctions.items.map_run import MapRun
from local_aws.stepfunctions.machine import Machine
from local_aws.stepfunctions.shapes import compact_json, iso_time
from local_aws.stepfunctions.states.behaviours import BEHAVIOURS

logger = logging.getLogger(__name__)

_LONGEST_STOP = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The state machine that an execution runs, as it was when the execution started."""

    arn: str
    name: str
    role_arn: str
    region: str
    definition: str
    machine: Machine


class Execution:
    """An execution. Its attributes are named as moto's API layer reads them; times are UTC."""

    def __init__(
        self,
        *,
        engine: Engine,
        source: Source,
        name: str,
        execution_input: str,
        map_run: MapRun | None = None,
        history: History | None = None,
    ) -> None:
        self.name = name
        self.execution_arn = f"{source.arn.replace(':stateMachine:', ':execution:', 1)}:{name}"
        self.state_machine_arn = source.arn
        self.execution_input = execution_input
        self.start_date = datetime.now(UTC)
        self.stop_date: datetime | None = None
        self.status = "RUNNING"
        self.output: str | None = None
        self.error: str | None = None
        self.cause: str | None = None
        self.source = source
        self.map_runs: list[MapRun] = []
        self.children: dict[str, list[Execution]] = {}
        self.history = history if history is not None else History()
        self._engine = engine
        self._map_run = map_run
        self._work: Future[None] | None = None
        self._stopped_with: tuple[str | None, str | None] = (None, None)

    def start(self) -> None:
        """Begin to run."""
        self._work = self._engine.start(self.run())

    def stop(self, *, error: str | None, cause: str | None) -> None:
        """Abort, and wait until it has ended; one that has ended already is left as it is."""
        if self._work is None or self.status != "RUNNING":
            return
        self._stopped_with = (error, cause)
        ended: Future[None] = self._engine.start(self._cancel(self._work))
        try:
            ended.result(_LONGEST_STOP)
        except NotYetError:
            logger.warning("%s has not stopped after %g seconds", self.execution_arn, _LONGEST_STOP)

    async def _cancel(self, work: Future[None]) -> None:
        work.cancel()
        while self.status == "RUNNING":
            await asyncio.sleep(0.005)

    async def run(self) -> None:
        """Run to the end, whatever that is; only an abort is raised again."""
        cursor = Cursor(history=self.history)
        started = {"input": self.execution_input, "inputDetails": UNTRUNCATED, "roleArn": self.source.role_arn}
        cursor.add("ExecutionStarted", {"executionStartedEventDetails": started})
        try:
            async with asyncio.timeout(self.source.machine.timeout) as limit:
                output = await run_machine(self.source.machine, json.loads(self.execution_input), self._frame(cursor))
        except asyncio.CancelledError:
            self.error, self.cause = self._stopped_with
            self._end(cursor, "ABORTED", "ExecutionAborted")
            raise
        except StatesError as failure:
            self.error, self.cause = failure.name or None, failure.cause or None  # a Fail state may say neither
            self._end(cursor, "FAILED", "ExecutionFailed")
        except TimeoutError as error:
            if limit.expired():
                self.error = "States.Timeout"
                self._end(cursor, "TIMED_OUT", "ExecutionTimedOut")
            else:
                self._broken(cursor, error)
        except Exception as error:
            self._broken(cursor, error)
        else:
            self.output = compact_json(output)
            self._end(cursor, "SUCCEEDED", "ExecutionSucceeded")

    def _broken(self, cursor: Cursor, error: Exception) -> None:
        logger.exception("The interpreter failed in %s", self.execution_arn, exc_info=error)
        self.error, self.cause = RUNTIME, f"The local AWS failed: {type(error).__name__}: {error}"
        self._end(cursor, "FAILED", "ExecutionFailed")

    def _end(self, cursor: Cursor, status: str, event: str) -> None:
        details: dict[str, Any]
        if status == "SUCCEEDED":
            details = {"output": self.output, "outputDetails": UNTRUNCATED}
        else:
            found = {"error": self.error, "cause": self.cause}
            details = {name: value for name, value in found.items() if value}
        cursor.add(event, {f"{event[:1].lower()}{event[1:]}EventDetails": details})
        self.stop_date = datetime.now(UTC)
        self.status = status

    def _frame(self, cursor: Cursor) -> Frame:
        source = self.source
        run = Run(
            engine=self._engine,
            arn=self.execution_arn,
            machine_arn=source.arn,
            role_arn=source.role_arn,
            region=source.region,
            behaviours=BEHAVIOURS,
            map_runs=self,
        )
        execution = {
            "Id": self.execution_arn,
            "Input": json.loads(self.execution_input),
            "Name": self.name,
            "RoleArn": source.role_arn,
            "StartTime": iso_time(self.start_date),
            "RedriveCount": 0,
        }
        context = {"Execution": execution, "StateMachine": {"Id": source.arn, "Name": source.name}}
        return Frame(run=run, cursor=cursor, context=context, variables={})

    def register(self, run: MapRun) -> None:
        """Note a Map Run of this execution."""
        self.map_runs.append(run)
        self.children[run.arn] = []

    def child(self, run: MapRun, machine: Machine, data: Any, *, express: bool) -> Execution:
        """A child execution of a Map Run, not yet running. An EXPRESS one keeps no history."""
        label = run.machine_arn.rsplit("/", 1)[-1]
        source = Source(
            arn=run.machine_arn,
            name=f"{self.source.name}/{label}",
            role_arn=self.source.role_arn,
            region=self.source.region,
            definition=self.source.definition,
            machine=machine,
        )
        child = Execution(
            engine=self._engine,
            source=source,
            name=str(uuid.uuid4()),
            execution_input=compact_json(data),
            map_run=run,
            history=History(kept=not express),
        )
        self.children[run.arn].append(child)
        return child

    def to_description(self) -> dict[str, Any]:
        """As DescribeExecution answers."""
        description: dict[str, Any] = {
            **self.to_entry(),
            "input": self.execution_input,
            "inputDetails": {"included": True},
            "output": self.output,
            "outputDetails": {"included": True} if self.output is not None else None,
            "error": self.error,
            "cause": self.cause,
            "redriveStatus": "NOT_REDRIVABLE",
        }
        return {name: value for name, value in description.items() if value is not None}

    def to_entry(self) -> dict[str, Any]:
        """As ListExecutions lists it."""
        entry = {
            "executionArn": self.execution_arn,
            "stateMachineArn": self.state_machine_arn,
            "name": self.name,
            "status": self.status,
            "startDate": self.start_date,
            "stopDate": self.stop_date,
            "mapRunArn": self._map_run.arn if self._map_run is not None else None,
            "itemCount": None,
            "redriveCount": 0,
        }
        return {name: value for name, value in entry.items() if value is not None}
