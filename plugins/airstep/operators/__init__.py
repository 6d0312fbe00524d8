"""What a DAG author imports."""

from __future__ import annotations

from airstep.operators.batch_job import BatchJobOperator
from airstep.operators.choice import ChoiceOperator
from airstep.operators.job_graph import BatchJobGraph
from airstep.operators.parallel import ParallelBranches
from airstep.spec import RETRY_LOST_HOSTS

__all__ = ["RETRY_LOST_HOSTS", "BatchJobGraph", "BatchJobOperator", "ChoiceOperator", "ParallelBranches"]
