"""Everything the compiler has to say to a person: what is wrong, where, why, and what to do about it.

ExportError      the DAG can't be exported as it is; carries every diagnostic, not the first
InternalError    the compiler broke its own rule; a bug to report, never the user's mistake
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

_NEXT_LINE = "\n" + " " * len("  why:   ")


class Code(StrEnum):
    """The name of a rule, as written in brackets in a message and as a heading in docs/diagnostics.md."""

    NO_DAGS_FOLDER = "no-dags-folder"
    UNREADABLE_FILE = "unreadable-file"
    UNKNOWN_DAG = "unknown-dag"
    AMBIGUOUS_DAG = "ambiguous-dag"
    EMPTY_DAG = "empty-dag"
    UNSUPPORTED_OPERATOR = "unsupported-operator"
    UNSUPPORTED_SETTING = "unsupported-setting"
    IGNORED_SETTING = "ignored-setting"
    UNKNOWN_SETTING = "unknown-setting"
    INVALID_VALUE = "invalid-value"
    ROUNDED_TIME = "rounded-time"
    TEMPLATE = "template"
    NUMBER_TEXT = "number-text"
    UNTYPED_TEXT = "untyped-text"
    UNCHECKED_PARAM = "unchecked-param"
    XCOM = "xcom"
    CHOICE = "choice"
    TRIGGER_RULE = "trigger-rule"
    RACE = "race"
    MAPPING = "mapping"
    GROUP_EDGES = "group-edges"
    BARRIER = "barrier"
    NESTING = "nesting"
    QUERY_LANGUAGE = "query-language"
    DEFINITION_SIZE = "definition-size"
    JOB_NAME = "job-name"
    DEPENDENCIES = "dependencies"
    REQUEST_SIZE = "request-size"
    OVERRIDES_SIZE = "overrides-size"
    ARRAY_SIZE = "array-size"
    JOB_RETRIES = "job-retries"
    JOB_TIMEOUT = "job-timeout"
    RETRY = "retry"
    STATE_DATA = "state-data"
    HISTORY = "history"


class Severity(StrEnum):
    """An error stops the export; a warning says that the exported machine differs or can't check something."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """Where in the user's DAG: as much of DAG, task, field, file and line as is known."""

    dag: str | None = None
    task: str | None = None
    field: str | None = None
    file: Path | None = None
    line: int | None = None

    def __str__(self) -> str:
        names = [
            f"{label} {value!r}"
            for label, value in (("DAG", self.dag), ("task", self.task), ("field", self.field))
            if value is not None
        ]
        where = "" if self.file is None else f"{self.file}:{self.line}" if self.line else f"{self.file}"
        return " · ".join([*([where] if where else []), *([", ".join(names)] if names else [])])


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostic:
    """One finding: `message` says what, `location` where, `why` the reason, `fix` what to do.

    `waits` are the tasks, each with one that it now waits for, that a finding about added waiting is about.
    """

    code: Code
    message: str
    location: Location
    why: str
    fix: str
    severity: Severity = Severity.ERROR
    waits: tuple[tuple[str, str], ...] = ()

    @property
    def is_error(self) -> bool:
        """True when the DAG can't be exported with it."""
        return self.severity is Severity.ERROR

    def __str__(self) -> str:
        lines = [f"{self.severity}[{self.code}]: {self.message}"]
        if where := str(self.location):
            lines.append(f"  where: {where}")
        told = [*lines, f"  why:   {self.why}", f"  fix:   {self.fix}"]
        return "\n".join(text.replace("\n", _NEXT_LINE) for text in told)


class ExportError(Exception):
    """The DAG can't be exported; `diagnostics` holds all reasons (and the warnings beside them)."""

    def __init__(self, diagnostics: Sequence[Diagnostic]) -> None:
        self.diagnostics = tuple(diagnostics)
        super().__init__(render_diagnostics(self.diagnostics))


class InternalError(Exception):
    """A rule the compiler itself must keep is broken: please report it with the DAG."""


def render_diagnostics(diagnostics: Sequence[Diagnostic]) -> str:
    """All findings as text for a terminal, errors first, an empty line between two."""
    ordered = sorted(diagnostics, key=lambda item: not item.is_error)
    return "\n\n".join(str(item) for item in ordered)
