"""A job's output in CloudWatch Logs.

Import this module when a task runs, not when its DAG is parsed: it loads boto3.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from airstep.hooks.aws import Clients
from airstep.job import Job


class JobLog:
    """The lines of a job's log stream, read from where the last reading stopped.

    Source: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html
    """

    def __init__(self, clients: Clients) -> None:
        self._clients = clients
        self._stream: str | None = None
        self._token: str | None = None

    def new_lines(self, job: Job) -> Iterator[str]:
        """The lines since the last call; none yet when the job has no stream. A retried job starts a new stream.

        :raises ClientError: the log group can't be read.
        """
        if not job.log_group or not job.log_stream:
            return
        if job.log_stream != self._stream:
            self._stream, self._token = job.log_stream, None
        while True:
            page = self._page(job)
            yield from (event["message"] for event in page["events"])
            if page["nextForwardToken"] == self._token:
                return
            self._token = page["nextForwardToken"]

    def _page(self, job: Job) -> Any:
        request = {"logGroupName": job.log_group, "logStreamName": job.log_stream, "startFromHead": True}
        if self._token:
            request["nextToken"] = self._token
        try:
            return self._clients.client("logs", region=job.log_region).get_log_events(**request)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceNotFoundException":
                raise
            # The stream is named before its first line is written.
            return {"events": [], "nextForwardToken": self._token}


def last_lines(clients: Clients, job: Job, count: int = 20) -> tuple[str, ...]:
    """A job's last lines, oldest first; none when they can't be had, whatever the reason."""
    if not job.log_group or not job.log_stream:
        return ()
    request = {"logGroupName": job.log_group, "logStreamName": job.log_stream}
    try:
        client = clients.client("logs", region=job.log_region)
        page = client.get_log_events(**request, limit=count, startFromHead=False)
    except (ClientError, BotoCoreError):
        return ()
    return tuple(event["message"].rstrip() for event in page["events"])[-count:]
