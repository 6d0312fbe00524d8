"""`pytest tests/diagnostics --update-diagnostics` writes what the compiler now says over the expected texts."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-diagnostics", action="store_true", help="write the expected messages anew")
