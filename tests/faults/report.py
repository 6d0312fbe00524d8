"""What came of the faults: a line for each, counted by `python -m tests.faults.report`.

As JSON by fault and by what it came to, as a table by fault.
"""

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
    :param kind: what it came to, in words.
    :param injected: how often it did.
    :param shared: whether it came to all kinds at once, not to each by itself.
    :param expected: what was to become of the tasks.
    :param seconds: how long it lasted; None where it is over at once.
    :param database: what Airflow ran on.
    """

    fault: str
    kind: str
    injected: int
    shared: bool
    outcome: Outcome
    expected: Outcome
    seconds: float | None
    database: str

    def append_to(self, path: Path) -> None:
        """Add it to a file, a line each."""
        with path.open("a") as file:
            file.write(json.dumps(asdict(self)) + "\n")


def summary(records: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The records of each fault and kind together, in alphabetical order."""
    grouped: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for record in records:
        grouped.setdefault((record["fault"], record["kind"]), []).append(record)
    return [
        {
            "fault": fault,
            "kind": kind,
            "seconds": found[0]["seconds"],
            "times": len(found),
            "injected": sum(record["injected"] for record in found),
            "shared": found[0]["shared"],
            **_counts(record["outcome"] for record in found),
            "expected": _counts(record["expected"] for record in found),
        }
        for (fault, kind), found in sorted(grouped.items())
    ]


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
    """A report's rows, of each fault together, as a table of Markdown; with what was expected where that differs."""
    by_fault: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        by_fault.setdefault(row["fault"], []).append(row)
    names = ("times", "injected", *COUNTS)
    head = "| fault | " + " | ".join(name.replace("_", " ") for name in names) + " |"
    lines = [head, "|---|" + "---:|" * len(names)]
    for fault, found in by_fault.items():
        seconds, each = found[0]["seconds"], [row["injected"] for row in found]
        injected = max(each) if found[0]["shared"] else sum(each)
        counts, expected = _counts(found), _counts(row["expected"] for row in found)
        cells = [f"{max(row['times'] for row in found):,}", f"{injected:,}"]
        cells += [_count(counts[name], expected[name]) for name in COUNTS]
        lasted = f", {seconds:g} s" if seconds else ""
        lines.append(f"| {fault}{lasted} | " + " | ".join(cells) + " |")
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


def _counts(rows: Iterable[dict[str, Any]]) -> dict[str, int]:
    """The counts of all together."""
    found = list(rows)
    return {name: sum(row[name] for row in found) for name in COUNTS}


def _count(count: int, expected: int) -> str:
    return f"{count:,}" if count == expected else f"**{count:,}** (not {expected:,})"


if __name__ == "__main__":
    main()
