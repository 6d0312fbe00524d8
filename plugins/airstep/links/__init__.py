"""The buttons of a task in the Airflow UI that open its job in the AWS console.

Airflow stores a link's address in XCom when the task pauses or ends, and reads it from there; the operator holds
what the addresses are made of while it runs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, quote_plus

from airflow.sdk import BaseOperatorLink

from airstep.job import Job
from airstep.results import bucket_and_key

_CONSOLES = {
    "aws": "console.aws.amazon.com",
    "aws-cn": "console.amazonaws.cn",
    "aws-us-gov": "console.amazonaws-us-gov.com",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Console:
    """The AWS console of a region; `partition` is aws, aws-cn or aws-us-gov."""

    region: str
    partition: str = "aws"

    def batch(self, page: str) -> str:
        """The address of a page of the Batch console; empty in a partition that has no public console."""
        host = _CONSOLES.get(self.partition)
        return f"https://{host}/batch/home?region={self.region}#{page}" if host else ""

    def s3_object(self, uri: str) -> str:
        """The address of an object's page in the S3 console."""
        host = _CONSOLES.get(self.partition)
        bucket, key = bucket_and_key(uri)
        return f"https://{host}/s3/object/{bucket}?region={self.region}&prefix={quote(key)}" if host else ""

    def logs(self, job: Job) -> str:
        """The address of a job's log stream; empty while it has none."""
        host = _CONSOLES.get(self.partition)
        if not host or not job.log_group or not job.log_stream:
            return ""
        region = job.log_region or self.region
        group, stream = quote_plus(job.log_group), quote_plus(job.log_stream)
        return f"https://{host}/cloudwatch/home?region={region}#logsV2:log-groups/log-group/{group}/log-events/{stream}"


class _JobLink(BaseOperatorLink):
    """A link to something of the operator's job."""

    def get_link(self, operator: Any, *, ti_key: Any) -> str:  # noqa: ARG002  # Airflow's signature
        """The address; empty before there is a job."""
        console, job = getattr(operator, "console", None), getattr(operator, "job", None)
        return self.address(console, job) if console and job else ""

    def address(self, console: Console, job: Job) -> str:
        """The address for a job."""
        raise NotImplementedError


class BatchJobDetailsLink(_JobLink):
    """Opens the job."""

    name = "Batch Job Details"

    def address(self, console: Console, job: Job) -> str:
        """The job's page."""
        return console.batch(f"jobs/detail/{job.job_id}")


class BatchJobDefinitionLink(_JobLink):
    """Opens the job definition."""

    name = "Batch Job Definition"

    def address(self, console: Console, job: Job) -> str:
        """The definition's page."""
        return _arn_page(console, "job-definition", job.definition)


class BatchJobQueueLink(_JobLink):
    """Opens the job queue."""

    name = "Batch Job Queue"

    def address(self, console: Console, job: Job) -> str:
        """The queue's page."""
        return _arn_page(console, "queues", job.queue)


class CloudWatchLogLink(_JobLink):
    """Opens the job's log stream."""

    name = "CloudWatch Logs"

    def address(self, console: Console, job: Job) -> str:
        """The log stream's page."""
        return console.logs(job)


class MapResultsLink(BaseOperatorLink):
    """Opens the manifest of what became of a map's items."""

    name = "Map Results"

    def get_link(self, operator: Any, *, ti_key: Any) -> str:  # noqa: ARG002  # Airflow's signature
        """The address; empty before the map has ended."""
        console, manifest = getattr(operator, "console", None), getattr(operator, "manifest", None)
        return console.s3_object(manifest) if console and manifest else ""


def _arn_page(console: Console, room: str, arn: str) -> str:
    """The console's pages go by ARN; a name given by the DAG is known as one once AWS has described the job."""
    return console.batch(f"{room}/detail/{quote(arn, safe=':/')}") if arn.startswith("arn:") else ""


MAP_LINKS = (MapResultsLink(),)
JOB_LINKS = (BatchJobDetailsLink(), BatchJobDefinitionLink(), BatchJobQueueLink(), CloudWatchLogLink())
