"""Jobs that are told to fail: which ones, how many more, and how many have been."""

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from local_aws.batch.jobs import Submission


@dataclass(frozen=True, slots=True, kw_only=True)
class JobPattern:
    """Which jobs are meant: what is None, or isn't named, may be anything.

    :param name: a regular expression that the whole jobName matches; a jobName matches itself.
    :param environment: variables the job has, among others; ``parameters`` likewise.
    :param command: the command before its parameters are filled in.
    :param queue: the queue's name or ARN.
    """

    name: re.Pattern[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)
    command: tuple[str, ...] | None = None
    queue: str | None = None

    def matches(self, submission: Submission) -> bool:
        """Whether a submission is meant; what counts is the request merged with its job definition."""
        return (
            self.name.fullmatch(submission.job_name) is not None
            and self.environment.items() <= dict(submission.container.environment).items()
            and self.parameters.items() <= submission.details["parameters"].items()
            and self.command in (None, tuple(submission.container_details["command"]))
            and self.queue in (None, submission.queue_name, submission.queue_arn)
        )


@dataclass(slots=True, kw_only=True)
class FailRule:
    """Jobs to fail: ``times`` of them at most (None: all). ``document`` is the rule as it was given."""

    document: Mapping[str, Any]
    pattern: JobPattern
    times: int | None
    used: int = 0

    @property
    def used_up(self) -> bool:
        """Whether as many jobs as wanted were told to fail."""
        return self.times is not None and self.used >= self.times


class FailingJobs:
    """The rules in force; any thread may use them."""

    def __init__(self) -> None:
        self._rules: list[FailRule] = []
        self._lock = threading.Lock()

    def replace(self, rules: list[FailRule]) -> None:
        """These rules from now on, for jobs submitted from now on."""
        with self._lock:
            self._rules = rules

    def listed(self) -> list[dict[str, Any]]:
        """The rules as they were given, each with the number of jobs it was ``used`` for."""
        with self._lock:
            return [{**rule.document, "used": rule.used} for rule in self._rules]

    def takes(self, submission: Submission) -> bool:
        """Whether this job is to fail: the first rule that matches, and isn't used up, counts it."""
        with self._lock:
            for rule in self._rules:
                if not rule.used_up and rule.pattern.matches(submission):
                    rule.used += 1
                    return True
        return False
