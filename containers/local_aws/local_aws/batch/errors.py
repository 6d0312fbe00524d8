"""The errors that Batch answers with."""

from moto.batch.exceptions import ClientException
from moto.core.exceptions import AWSError

__all__ = ["ClientException", "TooManyRequestsException"]


class TooManyRequestsException(AWSError):  # type: ignore[misc] # moto has no types for us # noqa: N818 - AWS's name
    """Throttled: the SDKs retry it."""

    TYPE = "TooManyRequestsException"
    STATUS = 429
