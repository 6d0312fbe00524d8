"""A distributed Map: every item, or batch of items, is the input of a child execution of its own.

A child sees none of the variables around it: https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html
"""

from __future__ import annotations

import asyncio
import re
import uuid
from dataclasses import replace
from typing import Any

from local_aws.stepfunctions.errors import TOLERANCE, StatesError
from local_aws.stepfunctions.interpreter import LANGUAGES, Frame
from local_aws.stepfunctions.items.batching import ChildInput, child_inputs
from local_aws.stepfunctions.items.map_run import Child, MapRun
from local_aws.stepfunctions.items.readers import read_items
from local_aws.stepfunctions.items.selection import selected
from local_aws.stepfunctions.items.writer import exports, state_result, write_results
from local_aws.stepfunctions.language.scope import Scope
from local_aws.stepfunctions.machine import State


async def run_distributed(
    state: State, scope: Scope, frame: Frame, *, items: list[Any] | None, data: Any, concurrency: int
) -> Any:
    """The children's outputs, or where the ResultWriter put them.

    :param items: the items, or None where the ItemReader reads them.
    :param data: the Map's input after InputPath.
    :raises StatesError: States.ExceedToleratedFailureThreshold when too many items failed.
    """
    inner = replace(scope, input=data)
    run = _map_run(state, inner, frame, concurrency)
    frame.run.map_runs.register(run)
    started = {"length": len(items)} if items is not None else {"length": 0}
    frame.cursor.add("MapStateStarted", {"mapStateStartedEventDetails": started})
    frame.cursor.add("MapRunStarted", {"mapRunStartedEventDetails": {"mapRunArn": run.arn}})
    try:
        if items is None:
            items = await read_items(state, inner, frame)
        chosen = [selected(state, scope, data, index, item) for index, item in enumerate(items)]
        run.load(child_inputs(state, inner, chosen))
        await _run_children(state, frame, run)
        result: Any = await write_results(state, inner, frame, run) if exports(state) else None
        if run.exceeded():
            raise StatesError(TOLERANCE, "The specified tolerated failure threshold was exceeded")
    except StatesError as error:
        run.end("FAILED")
        details = {"error": error.name, "cause": error.cause}
        frame.cursor.add("MapRunFailed", {"mapRunFailedEventDetails": details})
        raise
    except BaseException:
        run.end("ABORTED")
        frame.cursor.add("MapRunAborted")
        raise
    run.end("SUCCEEDED")
    frame.cursor.add("MapRunSucceeded")
    frame.cursor.add("MapStateSucceeded")
    return result if result is not None else state_result(state, run)


async def _run_children(state: State, frame: Frame, run: MapRun) -> None:
    """Run a child for each input; when too many failed, the running ones are aborted and the rest stays pending."""
    express = state.processor_config.get("ExecutionType") == "EXPRESS"
    running: set[asyncio.Task[Any]] = set()

    async def work(given: ChildInput, child: Child) -> None:
        await child.run()
        run.ended(child, given)

    def begin(index: int) -> None:
        given = run.inputs[index]
        child = frame.run.map_runs.child(run, state.iteration, given.data, express=express)
        run.children[index] = child
        task = asyncio.ensure_future(work(given, child))
        running.add(task)
        task.add_done_callback(running.discard)
        task.add_done_callback(lambda _: run.changed.set())

    following = 0
    try:
        while (following < len(run.inputs) or running) and not run.exceeded():
            while following < len(run.inputs) and len(running) < run.limit:
                begin(following)
                following += 1
            await run.changed.wait()
            run.changed.clear()
    finally:
        left = list(running)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)


def _map_run(state: State, scope: Scope, frame: Frame, concurrency: int) -> MapRun:
    language = LANGUAGES[state.language]
    count = language.value(state.fields, "ToleratedFailureCount", scope)
    percentage = language.value(state.fields, "ToleratedFailurePercentage", scope)
    if count is not None and (isinstance(count, bool) or not isinstance(count, int) or count < 0):
        raise StatesError(language.misfit, f"ToleratedFailureCount must be an integer of at least 0, not {count!r}")
    if percentage is not None and (
        isinstance(percentage, bool) or not isinstance(percentage, int | float) or not 0 <= percentage <= 100
    ):
        raise StatesError(language.misfit, f"ToleratedFailurePercentage must be between 0 and 100, not {percentage!r}")
    label = state.fields.get("Label") or re.sub(r"[^A-Za-z0-9_-]", "", state.name)[:40] or "Map"
    machine = frame.run.machine_arn
    return MapRun(
        arn=f"{machine.replace(':stateMachine:', ':mapRun:')}/{label}:{uuid.uuid4()}",
        execution_arn=frame.run.arn,
        machine_arn=f"{machine}/{label}",
        max_concurrency=concurrency,
        tolerated_count=count,
        tolerated_percentage=percentage,
    )
