"""No export of a random DAG has a fault."""

from pathlib import Path

import pytest
from hypothesis import given, settings

from asl_export.pipeline import QueryLanguage
from tests.asl_static.faults import faults
from tests.equivalence.exports import exported
from tests.equivalence.judgement import LANGUAGES, PROFILE
from tests.equivalence.plans import Plan
from tests.equivalence.strategies import plans


@pytest.fixture(scope="module", name="folder")
def folder_of_dags(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("dags")


@settings(PROFILE, max_examples=200)
@given(plan=plans(), language=LANGUAGES)
def test_the_export_of_a_random_dag_has_no_faults(folder: Path, plan: Plan, language: QueryLanguage) -> None:
    _, export = exported(plan, language, folder)
    assert faults(export.definition) == []
