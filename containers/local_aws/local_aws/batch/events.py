"""``Batch Job State Change`` events, put on moto's default event bus.

Source: docs.aws.amazon.com/batch/latest/userguide/batch_job_events.html.
"""

import json
import queue
import sys
import threading
from typing import Any

from moto.events.models import EventsBackend, events_backends

from local_aws.batch.describe import job_arn, job_detail
from local_aws.batch.jobs import AnyJob
from local_aws.batch.neighbours import existing


class StateChangeEvents:
    """Delivers events on a thread of its own: a slow target doesn't hold up the scheduler."""

    def __init__(self) -> None:
        self._events: queue.SimpleQueue[tuple[str, str, dict[str, Any]]] = queue.SimpleQueue()
        threading.Thread(target=self._deliver, name="batch-events", daemon=True).start()

    def changed(self, job: AnyJob) -> None:
        """Send a job's new status, where a rule may want it."""
        account, region = job.submission.account, job.submission.region
        if not _has_targets(existing(events_backends, account, region)):
            return
        event = {
            "Source": "aws.batch",
            "DetailType": "Batch Job State Change",
            "Resources": [job_arn(job)],
            "Detail": json.dumps(job_detail(job)),
        }
        self._events.put((account, region, event))

    def _deliver(self) -> None:
        while True:
            account, region, event = self._events.get()
            try:
                events_backends[account][region].put_events([event])
            except Exception as error:
                print(f"local_aws: a rule's target refused a Batch event: {error!r}", file=sys.stderr)


def _has_targets(backend: EventsBackend | None) -> bool:
    bus = backend.event_buses.get("default") if backend is not None else None
    return bus is not None and any(rule.targets for rule in list(bus.rules.values()))
