"""A job's output, line by line, in moto's CloudWatch Logs while the job runs."""

import hashlib
import sys
import time

from moto.logs.models import LogGroup, LogsBackend, logs_backends

from local_aws.batch.jobs import Job
from local_aws.batch.neighbours import existing

# docs.aws.amazon.com/AmazonCloudWatchLogs/latest/logs/cloudwatch_limits_cwl.html: an event has at most 1 MB.
LONGEST_EVENT = 256 * 1024


def task_id(job: Job, attempt: int) -> str:
    """The id of the container of a job's ``attempt``, counted from 1: the same whenever it is asked for."""
    return hashlib.sha256(f"{job.id}#{attempt}".encode()).hexdigest()[:32]


def log_stream_name(job: Job, attempt: int) -> str | None:
    """``<definition>/default/<task id>``, None where the definition sends its logs elsewhere."""
    prefix = job.submission.container.log_stream_prefix
    return None if prefix is None else f"{prefix}/default/{task_id(job, attempt)}"


class LogWriter:
    """Writes one attempt's output to its log stream, which exists from the start of the attempt."""

    def __init__(self, job: Job, attempt: int) -> None:
        self._job = job
        self._stream = log_stream_name(job, attempt)
        self._rest = b""
        self._group()

    def write(self, output: bytes) -> None:
        """Write the complete lines of ``output``; keep the rest for the next call."""
        *lines, self._rest = (self._rest + output).split(b"\n")
        if len(self._rest) > LONGEST_EVENT:
            lines, self._rest = [*lines, self._rest], b""
        self._put(lines)

    def close(self) -> None:
        """Write a last line that has no end."""
        self._put([self._rest])
        self._rest = b""

    def _put(self, lines: list[bytes]) -> None:
        if self._stream is None:
            return
        now = int(time.time() * 1000)
        events = [
            {"timestamp": now, "message": line[start : start + LONGEST_EVENT].decode("utf-8", "replace").rstrip("\r")}
            for line in lines
            for start in range(0, len(line), LONGEST_EVENT)  # an empty line is no event, as with the awslogs driver
        ]
        try:
            group = self._group() if events else None
            if group is not None:
                group.put_log_events(self._stream, events)
        except Exception as error:  # a subscription's target, for instance; the job goes on, as on AWS
            print(f"local_aws: lines of job {self._job.id} were lost: {error!r}", file=sys.stderr)

    def _group(self) -> LogGroup | None:
        # Looked up each time: a reset, or DeleteLogGroup, may have removed it while the job runs.
        submission = self._job.submission
        backend: LogsBackend | None = existing(logs_backends, submission.account, submission.region)
        if backend is None or self._stream is None:
            return None
        backend.ensure_log_group(submission.container.log_group)
        group: LogGroup = backend.groups[submission.container.log_group]
        if self._stream not in group.streams:
            group.create_log_stream(self._stream)
        return group
