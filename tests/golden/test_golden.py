"""Each folder holds a DAG and the machines that must come out of it, byte for byte."""

from pathlib import Path

import pytest

from asl_export.diagnostics import Code
from asl_export.pipeline import QueryLanguage, check_dag, export_dag, load_dag

HERE = Path(__file__).parent
CASES = sorted(file.parent.name for file in HERE.glob("*/dag.py"))
JSONATA_ONLY = {"map_dynamic_concat", "map_dynamic_product", "map_dynamic_zip"}
MACHINES = [
    (case, language)
    for case in CASES
    for language in QueryLanguage
    if language is QueryLanguage.JSONATA or case not in JSONATA_ONLY
]


@pytest.mark.parametrize(("case", "query_language"), MACHINES)
def test_a_dag_gives_the_expected_machine(
    case: str, query_language: QueryLanguage, request: pytest.FixtureRequest
) -> None:
    folder = HERE / case
    expected = folder / f"expected.{query_language}.json"
    found = export_dag(load_dag(case, folder / "dag.py"), query_language=query_language).to_json(pretty=True)
    if request.config.getoption("--update", default=False):
        expected.write_text(found, encoding="utf-8")
    assert found == expected.read_text(encoding="utf-8")


@pytest.mark.parametrize("case", sorted(JSONATA_ONLY))
def test_jsonpath_says_that_it_has_no_words_for_the_rest(case: str) -> None:
    found = check_dag(load_dag(case, HERE / case / "dag.py"), query_language=QueryLanguage.JSONPATH)
    assert {item.code for item in found if item.is_error} == {Code.QUERY_LANGUAGE}
