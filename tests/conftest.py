"""What all tests rest on."""

import signal


def pytest_configure() -> None:
    """Take Ctrl-C: a shell's background job ignores it, and so would the commands that tests start and interrupt."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
