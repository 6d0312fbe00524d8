"""How a fail-fast group is doing, asked once for all the triggers that wait in it."""

from __future__ import annotations

import asyncio
from weakref import WeakKeyDictionary

from airstep.branches import Branches
from airstep.hooks.task_instances import States, TaskKey, group_states_async

_Key = tuple[str, str, str]
_Answer = tuple[float, asyncio.Task[States]]

_ANSWERS: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[_Key, _Answer]] = WeakKeyDictionary()


async def failed_task(key: TaskKey, branches: Branches, *, within: float) -> str | None:
    """The task whose failure stops this one, or None, from an answer at most `within` seconds old."""
    loop = asyncio.get_running_loop()
    answers = _ANSWERS.setdefault(loop, {})
    now = loop.time()
    for old in [each for each, (asked, _) in answers.items() if now - asked > within]:
        del answers[old]
    group = (key.dag_id, key.run_id, branches.group_id)
    if group not in answers:
        answers[group] = (now, asyncio.create_task(group_states_async(key, branches.group_id)))
    states = await asyncio.shield(answers[group][1])
    return branches.failed_task(states)
