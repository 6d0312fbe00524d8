"""What the machine will say, before a query language is chosen, with the place in the DAG that it comes from."""

from __future__ import annotations

import re
from dataclasses import dataclass

from asl_export.asl.states import Wait
from asl_export.diagnostics import Location
from asl_export.ir.graph import MapNode, TaskNode, WaitNode
from asl_export.ir.values import Document, Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """A document with all places known; `is_condition`: a Choice asks it, `wait`: a Wait waits for it."""

    location: Location
    document: Document
    is_condition: bool = False
    wait: Wait | None = None

    @classmethod
    def field(cls, node: TaskNode, name: str, document: Document) -> Spoken:
        """A field of a task; JobName is the operator's job_name."""
        return cls(location=node.field(re.sub("(?<!^)(?=[A-Z])", "_", name).lower()), document={name: document})

    @classmethod
    def condition(cls, node: TaskNode, condition: Value) -> Spoken:
        """A condition of a choice."""
        return cls(location=node.field("choices"), document=condition, is_condition=True)

    @classmethod
    def waiting(cls, node: WaitNode, wait: Wait) -> Spoken:
        """What a Wait waits for."""
        return cls(
            location=node.field(node.argument), document={"until": wait.until, "seconds": wait.seconds}, wait=wait
        )

    @classmethod
    def items(cls, node: MapNode, document: Document) -> Spoken:
        """The items of a map."""
        return cls(location=node.location, document={"items": document})
