"""Which plan a try of a map works on: the one of an earlier try, or one for what has not succeeded yet.

Import this module when a task runs, not when its DAG is parsed: it loads boto3.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from airstep.errors import ItemsInvalid
from airstep.maps.json_text import json_text
from airstep.maps.plan import MapPlace, Plan, make_plan, write_plan
from airstep.maps.progress import TELL_EVERY
from airstep.maps.requests import work_of

if TYPE_CHECKING:
    from airstep.operators.batch_map import BatchMapOperator
    from airstep.submission import Store

log = logging.getLogger(__name__)

_STORE_KEY = "airstep_map"
_NOT_THERE = ("NoSuchBucket", "NoSuchKey", "404")


@dataclass(frozen=True, slots=True, kw_only=True)
class MapIntent:
    """What a task instance's map is at: `round` counts its plans, `over`: the next try needs another.

    `generation` is the task instance's max_tries, which grows whenever somebody clears it, and only then; `began` is
    when the round began, in seconds since the epoch, and `missed_at` when a job that a process may have been submitting
    as it died was first looked for in vain.
    """

    generation: int
    round: int
    began: float
    over: bool = False
    missed_at: float | None = None

    @classmethod
    def load(cls, store: Store | None) -> MapIntent | None:
        """The intent that was stored last, or None."""
        value = store.get(_STORE_KEY) if store is not None else None
        return cls(**value) if value else None

    def save(self, store: Store | None) -> None:
        """Keep the intent for a later try."""
        if store is not None:
            store.set(_STORE_KEY, asdict(self))


def new_plan(
    operator: BatchMapOperator, s3: Any, place: MapPlace, request: Mapping[str, Any], *, round_: int, children: int
) -> Plan:
    """The plan for what has not succeeded yet, kept in S3.

    :param request: SubmitJob's, with the item's fields unfilled.
    :param children: how many children a shard has at most.
    :raises ItemsInvalid: the items can't be read.
    """
    who = f"BatchMapOperator {operator.task_id!r}: items"
    try:
        plan = make_plan(
            s3,
            operator.items,
            base=place.base,
            work=json_text(work_of(request)),
            children=children,
            items_per_child=operator.items_per_child,
            progress=_Teller(),
        )
    except (ValueError, TypeError) as error:
        raise ItemsInvalid(f"{who}: {error}") from error
    except ClientError as error:
        if error.response["Error"]["Code"] in _NOT_THERE:
            raise ItemsInvalid(f"{who}: {error}") from error
        raise
    write_plan(s3, place.round(round_), plan)
    log.info("%s items, of which %s have succeeded before", f"{plan.items:,}", f"{plan.done:,}")
    return plan


class _Teller:
    """Tells how many items have been read, now and then."""

    def __init__(self) -> None:
        self._began = self._told = time.monotonic()

    def __call__(self, count: int) -> None:
        now = time.monotonic()
        if now - self._told >= TELL_EVERY:
            self._told = now
            log.info("Read %s items, %s a second", f"{count:,}", f"{count / (now - self._began):,.0f}")
