"""No setting of Airflow or of an operator is without a treatment."""

import attrs
import pytest
from airflow.sdk import DAG, BaseOperator

from asl_export.frontend.readers import READERS
from asl_export.frontend.settings import BASE_OPERATOR, DAG_SETTINGS
from asl_export.frontend.tasks import arguments


def test_every_field_of_airflows_base_operator_is_classified() -> None:
    public = {name for name in BaseOperator.__dataclass_fields__ if not name.startswith("_")}
    hooks = {"_pre_execute_hook", "_post_execute_hook", "_task_display_name"}
    assert public | hooks <= set(BASE_OPERATOR)
    assert hooks <= set(BaseOperator.__dataclass_fields__)


def test_every_argument_of_airflows_base_operator_is_classified() -> None:
    assert set(arguments(BaseOperator)) <= set(BASE_OPERATOR)


def test_every_field_of_airflows_dag_is_classified() -> None:
    public = {field.alias.strip("_") for field in attrs.fields(DAG) if not field.name.startswith("_")}
    assert public <= set(DAG_SETTINGS)


@pytest.mark.parametrize("operator", READERS)
def test_every_argument_of_an_exported_operator_is_classified(operator: type) -> None:
    assert set(arguments(operator)) <= {*BASE_OPERATOR, *READERS[operator].settings}


def test_an_argument_that_nobody_classified_would_be_seen() -> None:
    class Newer(BaseOperator):
        def __init__(self, *, brand_new: int, **kwargs: object) -> None:
            super().__init__(**kwargs)

    assert "brand_new" in set(arguments(Newer)) - set(BASE_OPERATOR)
