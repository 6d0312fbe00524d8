"""The table of behaviours: one for each kind of state."""

from __future__ import annotations

from collections.abc import Mapping

from local_aws.stepfunctions.interpreter import Behaviour
from local_aws.stepfunctions.machine import Kind
from local_aws.stepfunctions.states.flow import choose, do_pass, fail, succeed, wait
from local_aws.stepfunctions.states.map import run_map
from local_aws.stepfunctions.states.parallel import run_parallel
from local_aws.stepfunctions.states.task import run_task

BEHAVIOURS: Mapping[Kind, Behaviour] = {
    Kind.TASK: run_task,
    Kind.PASS: do_pass,
    Kind.CHOICE: choose,
    Kind.WAIT: wait,
    Kind.SUCCEED: succeed,
    Kind.FAIL: fail,
    Kind.PARALLEL: run_parallel,
    Kind.MAP: run_map,
}
