"""Where one engine runs: a local AWS, its own unless one was given, with what the DAG runs on."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from asl_export.verify.controls import Controls
from asl_export.verify.plan import Plan
from asl_export.verify.session import Session, open_session
from asl_export.verify.stack import create_stack, upload

ROLE_OUTPUT = "StateMachineRoleArn"
LOCAL_ROLE = "arn:aws:iam::123456789012:role/airstep-verify"
"""The role where the template has none: the local AWS takes any."""


class Place:
    """A session of an engine; `furnish` it before each run."""

    def __init__(self, plan: Plan, session: Session) -> None:
        self._plan = plan
        self.session = session
        self.controls = Controls(endpoint=session.endpoint)
        self.role_arn = LOCAL_ROLE
        self._used = False

    def furnish(self) -> None:
        """Create what the DAG runs on, and put the files into S3. What an earlier run left is gone, unless others may
        use this AWS too.
        """
        if self._used and not self._plan.endpoint:
            self.controls.reset()
        self._used = True
        plan = self._plan
        outputs = create_stack(self.session, plan.stack, plan.stack_name) if plan.stack else {}
        self.role_arn = outputs.get(ROLE_OUTPUT, LOCAL_ROLE)
        upload(self.session, plan.uploads)


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """A place for either engine; `shared`: they have one AWS, and must run one after the other."""

    direct: Place
    exported: Place
    shared: bool


@contextlib.contextmanager
def open_places(plan: Plan) -> Iterator[Places]:
    """Both places, closed when the block is left.

    :raises VerifyError: when a folder can't be written, or a local AWS doesn't start.
    """
    with _open(plan, "direct") as direct, _open(plan, "exported") as exported:
        yield Places(direct=direct, exported=exported, shared=plan.endpoint is not None)


@contextlib.contextmanager
def _open(plan: Plan, name: str) -> Iterator[Place]:
    folder: Path = plan.folder / name
    with open_session(folder, endpoint=plan.endpoint, images=plan.images) as session:
        yield Place(plan, session)
