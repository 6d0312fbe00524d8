"""One file per operator: what its attributes mean. READERS lists them."""

from __future__ import annotations

from collections.abc import Mapping

from airflow.providers.amazon.aws.operators.batch import BatchOperator
from airflow.providers.standard.operators.empty import EmptyOperator

from airstep.operators import BatchJobOperator, ChoiceOperator
from asl_export.frontend.readers.batch import OWN_SETTINGS, STOCK_SETTINGS, job_result, read_job, read_stock_job
from asl_export.frontend.readers.choice import CHOICE_SETTINGS, read_choice
from asl_export.frontend.readers.reading import OperatorReader

READERS: Mapping[type, OperatorReader] = {
    BatchOperator: OperatorReader(settings=STOCK_SETTINGS, read=read_stock_job, result=job_result),
    BatchJobOperator: OperatorReader(settings=OWN_SETTINGS, read=read_job, result=job_result),
    ChoiceOperator: OperatorReader(
        settings=CHOICE_SETTINGS,
        read=read_choice,
        raw=("choices", "default"),
        single="a Choice state asks once: it has no items",
    ),
    EmptyOperator: OperatorReader(settings={}, read=None),
}
