"""Each folder holds a DAG and the machines that must come out of it, byte for byte."""

from pathlib import Path

import pytest

from asl_export.pipeline import QueryLanguage, export_dag, load_dag

CASES = sorted(folder.parent.name for folder in Path(__file__).parent.glob("*/dag.py"))


@pytest.mark.parametrize("query_language", list(QueryLanguage))
@pytest.mark.parametrize("case", CASES)
def test_a_dag_gives_the_expected_machine(
    case: str, query_language: QueryLanguage, request: pytest.FixtureRequest
) -> None:
    folder = Path(__file__).parent / case
    expected = folder / f"expected.{query_language}.json"
    found = export_dag(load_dag(case, folder / "dag.py"), query_language=query_language).to_json(pretty=True)
    if request.config.getoption("--update", default=False):
        expected.write_text(found, encoding="utf-8")
    assert found == expected.read_text(encoding="utf-8")
