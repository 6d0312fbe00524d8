"""Parallel: its branches at once, each with the same input; the first failure ends the others."""

from __future__ import annotations

from typing import Any

from local_aws.stepfunctions.concurrent import run_bounded
from local_aws.stepfunctions.interpreter import LANGUAGES, Frame, Outcome, run_machine
from local_aws.stepfunctions.language.scope import Scope
from local_aws.stepfunctions.machine import Machine, State


async def run_parallel(state: State, scope: Scope, frame: Frame) -> Outcome:
    """The branches' outputs, in their order."""
    data = LANGUAGES[state.language].arguments(state, scope)
    frame.cursor.add("ParallelStateStarted")
    started = frame.branch()

    async def branch(_: int, machine: Machine) -> Any:
        return await run_machine(machine, data, started.branch())

    results = await run_bounded(state.branches, branch, limit=len(state.branches))
    frame.cursor.add("ParallelStateSucceeded")
    return Outcome(result=results)
