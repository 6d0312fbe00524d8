"""The export of a random DAG has its order, and no other waiting than it warned of."""

from pathlib import Path

import pytest
from hypothesis import given, settings

from asl_export.pipeline import QueryLanguage
from tests.asl_order.airflow_dag import plain_dag
from tests.asl_order.comparison import compare
from tests.asl_order.order import order_of
from tests.equivalence.exports import exported
from tests.equivalence.judgement import LANGUAGES, PROFILE
from tests.equivalence.plans import Plan
from tests.equivalence.strategies import plans


@pytest.fixture(scope="module", name="folder")
def folder_of_dags(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("dags")


@settings(PROFILE, max_examples=200)
@given(plan=plans(), language=LANGUAGES)
def test_the_export_of_a_random_dag_has_its_order(folder: Path, plan: Plan, language: QueryLanguage) -> None:
    dag, export = exported(plan, language, folder)
    order = order_of(export.definition)
    extra = [(first, then) for then, first in export.added_waits]
    assert [str(difference) for difference in compare(order, plain_dag(dag, order.machine), extra)] == []
