"""What Airflow submits ahead is exported as if it didn't."""

import re
from pathlib import Path

import pytest

from asl_export.pipeline import QueryLanguage, export_dag, load_dag

GOLDEN = Path(__file__).parents[2] / "golden"
CASES = ["submit_ahead", "submit_ahead_slow"]


@pytest.mark.parametrize("language", list(QueryLanguage))
@pytest.mark.parametrize("case", CASES)
def test_the_machine_is_the_same_byte_for_byte(case: str, language: QueryLanguage, tmp_path: Path) -> None:
    text = (GOLDEN / case / "dag.py").read_text(encoding="utf-8")
    plain, count = re.subn(r",? ?submit_ahead=True", "", text)
    assert count
    (tmp_path / "dag.py").write_text(plain, encoding="utf-8")
    ahead, without = (load_dag(case, folder / "dag.py") for folder in (GOLDEN / case, tmp_path))
    assert "outer.submit" in ahead.task_dict
    assert "outer.submit" not in without.task_dict
    exports = [export_dag(dag, query_language=language).to_json(pretty=True) for dag in (ahead, without)]
    assert exports[0] == exports[1]
