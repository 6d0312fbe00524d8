"""What tests of values share."""

from collections.abc import Iterator

import pytest

from tests.unit.asl_export.evaluation import Original


@pytest.fixture(scope="session")
def original() -> Iterator[Original]:
    """The original JSONata."""
    made = Original()
    yield made
    made.close()
