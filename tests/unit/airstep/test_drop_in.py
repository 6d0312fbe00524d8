"""BatchJobOperator beside the stock BatchOperator."""

import inspect

from airflow.providers.amazon.aws.operators.base_aws import AwsBaseOperator
from airflow.providers.amazon.aws.operators.batch import BatchOperator

from airstep.operators import BatchJobOperator
from airstep.spec import SPEC_FIELDS


def keywords(*classes: type) -> dict[str, inspect.Parameter]:
    found = [inspect.signature(each.__init__).parameters.items() for each in classes]
    return {name: each for pairs in found for name, each in pairs if name not in ("self", "kwargs")}


def test_it_takes_every_keyword_of_the_stock_operator() -> None:
    assert set(keywords(BatchOperator, AwsBaseOperator)) <= set(keywords(BatchJobOperator))


def test_it_has_the_defaults_of_the_stock_operator() -> None:
    stock, ours = keywords(BatchOperator, AwsBaseOperator), keywords(BatchJobOperator)
    different = {name for name, each in stock.items() if each.default != ours[name].default}
    # A job name is optional here; the other two are refused unless they have the stock default.
    assert different == {"job_name", "max_retries", "region"}


def test_its_template_fields_are_those_of_the_stock_operator_and_more() -> None:
    assert set(BatchOperator.template_fields) <= set(BatchJobOperator.template_fields)


def test_it_is_a_job_spec_by_its_attributes() -> None:
    made = BatchJobOperator(task_id="t", job_definition="d", job_queue="q", vcpus=2, submit_job_timeout=60)
    assert [name for name in SPEC_FIELDS if name != "timeout" and not hasattr(made, name)] == []
    assert (made.spec().vcpus, made.spec().timeout, made.spec().job_name) == (2, 60, "t")
