"""What can stop a verification before there is anything to compare."""


class VerifyError(Exception):
    """A run could not be made; the message says what, where and what to do."""
