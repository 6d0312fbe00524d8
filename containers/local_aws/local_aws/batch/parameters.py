"""A request's parameters against the API's model: what a client other than an SDK may have got wrong."""

from typing import Any

import botocore.session
from botocore.validate import ParamValidator

from local_aws.batch.errors import ClientException

_API = botocore.session.Session().get_service_model("batch")
_SHAPES = {name.lower(): _API.operation_model(name).input_shape for name in _API.operation_names}
_VALIDATOR = ParamValidator()


def check_parameters(action: str, request: Any) -> None:
    """Raise ClientException for a request with a wrong type, an unknown or a missing parameter.

    :param action: the operation as its path names it, such as ``submitjob``.
    """
    shape = _SHAPES.get(action)
    if shape is None:
        return
    report = _VALIDATOR.validate(request, shape)
    if report.has_errors():
        raise ClientException(report.generate_report())
