"""What the command line can set, as pure data."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

REGION = "us-east-1"


class RunnerName(StrEnum):
    """How a job's container runs."""

    PROCESS = "process"
    DOCKER = "docker"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of one local AWS; durations in seconds.

    ``stop_timeout``: from SIGTERM to SIGKILL, 30 on ECS (docs.aws.amazon.com/AmazonECS/latest/APIReference/
    API_ContainerDefinition.html, stopTimeout). ``minimum_timeout``: the least attemptDurationSeconds that Batch takes,
    60 on AWS (docs.aws.amazon.com/batch/latest/userguide/job_timeouts.html); tests set less. ``rate_limit``: calls a
    second of each Batch operation before TooManyRequestsException; None is no limit. ``record_expressions``: the file
    that every JSONata expression which is evaluated is appended to, with what it read and came to.
    """

    host: str
    port: int
    runner: RunnerName
    images: Path
    stop_timeout: float = 30.0
    minimum_timeout: int = 60
    rate_limit: float | None = None
    record_expressions: Path | None = None
