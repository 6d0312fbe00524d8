"""Which calls something goes wrong with, what that is, and how often it has."""

import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from local_aws.calls import Call

ANY = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """The service answers with an error."""

    status: int
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Drop:
    """The connection is closed without an answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """The call takes so many seconds longer."""

    seconds: float


Fault = Refusal | Drop | Latency


@dataclass(slots=True, kw_only=True)
class FaultRule:
    """A fault of the calls of a service and operation. ``document`` is the rule as it was given.

    :param service: as in ``/local-aws/calls``, in any case; ``*`` is any. ``operation`` likewise.
    :param after_effect: the call takes effect before the fault comes.
    :param rate: the share of the calls that the fault comes to; ``chance`` decides, the same way each time.
    :param times: to how many calls at most; None: to all.
    :param until: the clock's time when the rule ends; None: never.
    """

    document: Mapping[str, Any]
    service: str
    operation: str
    fault: Fault
    after_effect: bool
    rate: float
    chance: random.Random
    times: int | None
    until: float | None
    matched: int = 0
    fired: int = 0

    def takes(self, call: Call, now: float) -> bool:
        """Whether the fault comes to this call, which counts."""
        if not (_is(self.service, call.service) and _is(self.operation, call.operation)):
            return False
        if (self.until is not None and now >= self.until) or (self.times is not None and self.fired >= self.times):
            return False
        self.matched += 1
        if self.chance.random() >= self.rate:
            return False
        self.fired += 1
        return True


@dataclass(slots=True)
class FaultRules:
    """The rules in force; any thread may use them."""

    clock: Callable[[], float] = time.monotonic
    _rules: list[FaultRule] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def replace(self, rules: list[FaultRule]) -> None:
        """These rules from now on."""
        with self._lock:
            self._rules = rules

    def listed(self) -> list[dict[str, Any]]:
        """The rules as they were given, with how many calls each ``matched`` while in force, and ``fired`` at."""
        with self._lock:
            return [{**rule.document, "matched": rule.matched, "fired": rule.fired} for rule in self._rules]

    def of(self, call: Call) -> list[FaultRule]:
        """What goes wrong with a call: every latency up to the first rule that takes its answer away, and that one."""
        with self._lock:
            return list(self._until_answered(call))

    def _until_answered(self, call: Call) -> Iterator[FaultRule]:
        for rule in self._rules:
            if rule.takes(call, self.clock()):
                yield rule
                if not isinstance(rule.fault, Latency):
                    return


def _is(wanted: str, name: str) -> bool:
    return wanted == ANY or wanted.lower() == name.lower()
