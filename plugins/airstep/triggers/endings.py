"""How triggers end jobs."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from typing import Any

from airstep.hooks.patience import Trouble, trouble_of
from airstep.pace import backoff
from airstep.triggers.poller import SharedBatch


async def terminate_at_last(shared: SharedBatch, job_ids: Sequence[str], reason: str, log: Any) -> None:
    """End jobs that nobody will end after this, however often it takes: Airflow stops it after half a minute."""
    failures = 0
    while job_ids := [*await terminate(shared, job_ids, reason, log)]:
        failures += 1
        await asyncio.sleep(backoff(failures))


async def terminate(shared: SharedBatch, job_ids: Sequence[str], reason: str, log: Any) -> Collection[str]:
    """End jobs; those that it is worth to try again."""
    if not job_ids:
        return ()
    log.info("Terminating %d jobs (%s): %s", len(job_ids), ", ".join(job_ids[:_SHOWN]), reason)
    failed = await asyncio.to_thread(shared.hook.terminate_all, job_ids, reason)
    return [job_id for job_id, error in failed.items() if trouble_of(error) is not Trouble.LASTING]


_SHOWN = 10
