"""What is one run's own in the texts of its jobs, its run id and job ids, said as what it stands for in every run."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from asl_export.verify.jobs import Job
from asl_export.verify.run import Run

RUN_ID = "{run id}"

JOB_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""What AWS Batch names a job."""

_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9_-]")


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnTexts:
    """One run's texts and what they stand for; `job_names` are the names of its jobs by id."""

    texts: Mapping[str, str]
    job_names: Mapping[str, str]

    @classmethod
    def of(cls, run: Run, same_text: Mapping[str, str] | None = None) -> OwnTexts:
        """A run's own texts; `same_text` are more of them."""
        return cls(
            texts={**(same_text or {}), **dict.fromkeys(forms(run.outcome.run_id), RUN_ID)},
            job_names={job.id: job.name for job in run.jobs},
        )

    def common(self, job: Job) -> Job:
        """The job as the other run would say it."""
        return replace(
            job,
            name=self.said(job.name),
            request=self.said(job.request),
            result=tuple(self.said(value) for value in job.result),
        )

    def said(self, value: Any) -> Any:
        """A JSON value in which what is this run's own is replaced, wherever it stands."""
        match value:
            case str():
                for own, meaning in self.texts.items():
                    value = value.replace(own, meaning)
                return JOB_ID.sub(self._named, value)
            case Mapping():
                return {self.said(key): self.said(item) for key, item in value.items()}
            case list() | tuple():
                return [self.said(item) for item in value]
            case _:
                return value

    def _named(self, found: re.Match[str]) -> str:
        name = self.job_names.get(found[0])
        return f"{{id of {name}}}" if name else found[0]


def forms(run_id: str | None) -> list[str]:
    """A run id, and how a DAG may write it into a job's name, which has fewer characters."""
    return [run_id, *(_NOT_IN_A_NAME.sub(other, run_id) for other in ("-", "_", ""))] if run_id else []
