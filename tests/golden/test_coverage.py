"""docs/coverage.md lists every construct with the case that shows it."""

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from asl_export.frontend.settings import BASE_OPERATOR, DAG_SETTINGS, Setting, Treatment

TESTS = Path(__file__).parents[1]
TEXT = (TESTS.parent / "docs" / "coverage.md").read_text(encoding="utf-8")
ROWS = [line for line in TEXT.splitlines() if line.startswith("| ") and not line.startswith("| construct |")]
GOLDEN = {file.parent.name for file in (TESTS / "golden").glob("*/dag.py")}
DIAGNOSTICS = {f"{file.parent.name}/{file.stem}" for file in (TESTS / "diagnostics").glob("*/*.py")}
NOT_SETTINGS = {"_task_display_name", "fileloc", "task_dict", "task_group_dict"}
"""What Airflow keeps of a task or DAG beside its arguments."""


def cases(row: str) -> set[str]:
    """The cases in the last cell of a row."""
    return set(re.findall(r"`([^`]+)`", row.split(" | ")[-1]))


NAMED = set[str]().union(*map(cases, ROWS))


@pytest.mark.parametrize("row", ROWS)
def test_a_row_has_three_cells_and_names_cases_that_exist(row: str) -> None:
    assert len(row.split(" | ")) == 3
    assert cases(row)
    assert cases(row) <= GOLDEN | DIAGNOSTICS


def test_every_golden_case_is_in_a_row() -> None:
    assert not GOLDEN - NAMED


@pytest.mark.parametrize("table", [BASE_OPERATOR, DAG_SETTINGS], ids=["tasks", "DAGs"])
def test_every_setting_that_is_not_harmless_is_in_the_tables(table: Mapping[str, Setting]) -> None:
    told = {name for name, setting in table.items() if setting.treatment is not Treatment.HARMLESS}
    assert not told - NOT_SETTINGS - set(re.findall(r"`(\w+)[=`]", TEXT))
