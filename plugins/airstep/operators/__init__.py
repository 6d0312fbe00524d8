"""What a DAG author imports."""

from __future__ import annotations

from airstep.items import S3Csv, S3JsonLines, S3Objects, item
from airstep.operators.batch_job import BatchJobOperator
from airstep.operators.batch_map import BatchMapOperator
from airstep.operators.choice import ChoiceOperator
from airstep.operators.job_graph import BatchJobGraph
from airstep.operators.parallel import ParallelBranches
from airstep.spec import RETRY_LOST_HOSTS

__all__ = [
    "RETRY_LOST_HOSTS",
    "BatchJobGraph",
    "BatchJobOperator",
    "BatchMapOperator",
    "ChoiceOperator",
    "ParallelBranches",
    "S3Csv",
    "S3JsonLines",
    "S3Objects",
    "item",
]
