"""What a DAG author imports."""

from __future__ import annotations

from airstep.operators.batch_job import BatchJobOperator
from airstep.operators.choice import ChoiceOperator
from airstep.operators.job_graph import BatchJobGraph
from airstep.operators.parallel import ParallelBranches

__all__ = ["BatchJobGraph", "BatchJobOperator", "ChoiceOperator", "ParallelBranches"]
