"""What came of the faults: a line for each, counted by `python -m tests.faults.report` as JSON and as a table."""

from __future__ import annotations

import argparse
import json
import platform
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PACKAGES = ("apache-airflow", "apache-airflow-providers-amazon", "boto3")
BEGIN, END = "<!-- faults: begin -->\n", "<!-- faults: end -->\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of tasks that a fault came to.

    :param tasks: whose jobs were to succeed.
    :param jobs: that were submitted for them, in all.
    :param twice: tasks of which two jobs ran to their end, or side by side.
    :param lost: tasks that didn't succeed, or without a job that did.
    :param left_running: jobs that had not ended when everything was over.
    :param tries_used: tries of the tasks beyond the first.
    """

    tasks: int
    jobs: int
    twice: int = 0
    lost: int = 0
    left_running: int = 0
    tries_used: int = 0


COUNTS = tuple(each.name for each in fields(Outcome))


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One fault, or several at once, and their outcome.

    :param fault: what went wrong, in words.
    :param injected: how often it did.
    :param expected: what was to become of the tasks.
    :param seconds: how long it lasted; None where it is over at once.
    :param database: what Airflow ran on.
    """

    fault: str
    injected: int
    outcome: Outcome
    expected: Outcome
    seconds: float | None
    database: str

    def append_to(self, path: Path) -> None:
        """Add it to a file, a line each."""
        with path.open("a") as file:
            file.write(json.dumps(asdict(self)) + "\n")


def summary(records: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The records of each fault together, in alphabetical order."""
    by_fault: dict[str, list[dict[str, Any]]] = {}
    for record in records:
        by_fault.setdefault(record["fault"], []).append(record)
    return [_row(fault, found) for fault, found in sorted(by_fault.items())]


def document(records: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The report, with what it was made on."""
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}",
        "database": sorted({record["database"] for record in records}),
        "packages": {package: version(package) for package in PACKAGES},
        "faults": summary(records),
    }


def table(rows: Iterable[dict[str, Any]]) -> str:
    """The rows of a report as a table of Markdown; a count that was not expected shows what was."""
    names = ("times", "injected", *COUNTS)
    head = "| fault | " + " | ".join(name.replace("_", " ") for name in names) + " |"
    lines = [head, "|---|" + "---:|" * len(names)]
    for row in rows:
        counts = [f"{row['times']:,}", f"{row['injected']:,}", *(_count(row, name) for name in COUNTS)]
        lasted = f", {row['seconds']:g} s" if row["seconds"] else ""
        lines.append(f"| {row['fault']}{lasted} | " + " | ".join(counts) + " |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Write the report of a file of records, and its table into the documentation."""
    parser = argparse.ArgumentParser(prog="tests.faults.report", description=__doc__)
    parser.add_argument("records", type=Path, nargs="+", help="what --fault-records wrote")
    parser.add_argument("--output", type=Path, default=ROOT / "benchmarks/results/faults.json")
    parser.add_argument("--docs", type=Path, default=ROOT / "docs/reliability.md")
    given = parser.parse_args()
    made = document([json.loads(line) for path in given.records for line in path.read_text().splitlines()])
    given.output.write_text(json.dumps(made, indent=2) + "\n")
    before, _, rest = given.docs.read_text().partition(BEGIN)
    given.docs.write_text(before + BEGIN + table(made["faults"]) + END + rest.partition(END)[2])
    print(table(made["faults"]))


def _row(fault: str, records: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {
        "fault": fault,
        "seconds": records[0]["seconds"],
        "times": len(records),
        "injected": sum(record["injected"] for record in records),
        **{name: sum(record["outcome"][name] for record in records) for name in COUNTS},
        "expected": {name: sum(record["expected"][name] for record in records) for name in COUNTS},
    }


def _count(row: dict[str, Any], name: str) -> str:
    expected = row["expected"][name]
    return f"{row[name]:,}" if row[name] == expected else f"**{row[name]:,}** (not {expected:,})"


if __name__ == "__main__":
    main()
