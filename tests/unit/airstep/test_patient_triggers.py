"""Calls of AWS from an event loop, repeated until they are done; those of a task are in test_hook_batch.py."""

import asyncio
import threading

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from airstep.hooks.patience import PATIENT, Patience, patiently_in_threads

GONE = EndpointConnectionError(endpoint_url="https://s3")
DENIED = ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "GetObject")


class Call:
    """A call that meets with these errors before it is done."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.threads: list[int] = []

    def __call__(self) -> str:
        self.threads.append(threading.get_ident())
        if self.errors:
            raise self.errors.pop(0)
        return "done"


def made(call: Call, patience: Patience = PATIENT) -> tuple[str, list[float]]:
    """What the call comes to, and the pauses until then."""
    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    return asyncio.run(patiently_in_threads(call, "Reading", patience, pause=pause)), pauses


def test_a_call_is_repeated_with_growing_pauses_that_are_the_loops() -> None:
    call = Call(GONE, GONE, GONE)
    answer, pauses = made(call)
    assert (answer, len(call.threads)) == ("done", 4)
    assert len(pauses) == 3
    assert pauses == sorted(pauses)
    assert threading.get_ident() not in call.threads


@pytest.mark.parametrize(("error", "patience"), [(DENIED, PATIENT), (GONE, Patience(outage=0))])
def test_what_lasts_or_takes_too_long_is_raised(error: Exception, patience: Patience) -> None:
    with pytest.raises(type(error)):
        made(Call(error), patience)
