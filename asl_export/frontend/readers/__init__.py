"""One file per operator: what its attributes mean. READERS lists them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from airflow.providers.amazon.aws.operators.batch import BatchOperator
from airflow.providers.standard.operators.empty import EmptyOperator

from airstep.operators import BatchJobOperator
from asl_export.frontend.readers.batch import OWN_SETTINGS, STOCK_SETTINGS, JobReading, read_job, read_stock_job
from asl_export.frontend.settings import Setting
from asl_export.ir.values import Document


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorReader:
    """What an operator's own attributes become, and how they are read; `read` is None for a task that does nothing."""

    settings: Mapping[str, Setting]
    read: Callable[[Mapping[str, Document]], JobReading] | None


READERS: Mapping[type, OperatorReader] = {
    BatchOperator: OperatorReader(settings=STOCK_SETTINGS, read=read_stock_job),
    BatchJobOperator: OperatorReader(settings=OWN_SETTINGS, read=read_job),
    EmptyOperator: OperatorReader(settings={}, read=None),
}
