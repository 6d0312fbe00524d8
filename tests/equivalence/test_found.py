"""Plans that the soak found and that a golden case can't show, as it was the direct run that went wrong."""

import pytest

from asl_export.pipeline import QueryLanguage
from tests.equivalence.engines import Engines
from tests.equivalence.plans import ALWAYS, Group, GroupKind, Job, Plan, Region

pytestmark = pytest.mark.slow

ITEMS = ("a", "b", "c")


def test_an_items_failure_ends_a_fail_fast_group_around_its_mapped_group(engines: Engines) -> None:
    """The other items waited for what the failure blocks in its own item only, and the run never ended."""
    steps = (
        Job(name="t8", fails=(0, 0, 0)),
        Job(name="t9", fails=(0, 1, 0), retries=2),
        Job(name="t10", fails=(ALWAYS, 0, 0)),
        Job(name="t11", fails=(0, 1, 0), retries=1),
    )
    edges = (("t9", "t10"), ("t8", "t11"), ("t10", "t11"))
    each = Group(name="g7", kind=GroupKind.MAPPED, items=ITEMS, region=Region(members=steps, edges=edges))
    beside = Job(name="t6", fails=(1,), retries=2)
    group = Group(name="g5", kind=GroupKind.FAIL_FAST, region=Region(members=(beside, each), edges=()))
    example = engines.run(Plan(region=Region(members=(group,), edges=())), QueryLanguage.JSONATA)
    assert not example.differences
