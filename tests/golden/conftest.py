"""`pytest tests/golden --update` writes what the compiler now gives over the expected files: look at the diff."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update", action="store_true", help="write the expected files anew")
