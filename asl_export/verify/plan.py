"""What is to be verified."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from asl_export.output import file_name
from asl_export.pipeline import QueryLanguage
from asl_export.verify.patience import Limits
from asl_export.verify.stack import Upload


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to verify, on which resources, and where the logs and Airflow homes go."""

    dag_id: str
    dags_folder: Path
    conf: Mapping[str, Any]
    folder: Path
    query_language: QueryLanguage = QueryLanguage.JSONATA
    stack: Path | None = None
    uploads: tuple[Upload, ...] = ()
    endpoint: str | None = None
    images: Path | None = None
    limits: Limits = field(default_factory=Limits)
    logical_date: datetime
    fail_each: bool = False
    exact: bool = False

    @property
    def stack_name(self) -> str:
        """The DAG's id in the letters that CloudFormation takes."""
        return "".join(letter if letter.isalnum() else "-" for letter in self.dag_id)

    @property
    def definition_name(self) -> str:
        """The name of the file in which the exported run leaves the state machine."""
        return file_name(self.dag_id, ".asl.json")

    @property
    def cache(self) -> Path:
        """Where an empty Airflow database is kept for the next verification."""
        return self.folder.parent / "cache"

    @property
    def input(self) -> Mapping[str, Any]:
        """The execution's input: the conf, and the date that `airflow dags test` is given as an argument."""
        return {**self.conf, "logical_date": self.logical_date.isoformat()}
