"""The engines, opened once: a local AWS and an Airflow process."""

from collections.abc import Iterator

import pytest

from tests.equivalence.engines import Engines, engines, local_aws


@pytest.fixture(scope="package", name="engines")
def opened_engines() -> Iterator[Engines]:
    with local_aws() as aws, engines(aws) as opened:
        yield opened
