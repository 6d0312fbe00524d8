"""A plan's DAG file through the compiler."""

from __future__ import annotations

import shutil
from pathlib import Path

from airflow.sdk import DAG

from asl_export.pipeline import Export, QueryLanguage, export_dag, load_dag


def compiled(text: str, dag_id: str, language: QueryLanguage, folder: Path) -> tuple[DAG, Export]:
    """The DAG that a file's text defines, and its export.

    :raises ExportError: when Airflow can't parse the file, or the compiler refuses the DAG.
    """
    own = folder / "compiled"
    own.mkdir()
    try:
        file = own / f"{dag_id}.py"
        file.write_text(text, encoding="utf-8")
        dag = load_dag(dag_id, file)
        return dag, export_dag(dag, query_language=language)
    finally:
        # With its bytecode: Python takes the next text of the same name, size and second for the one it has compiled.
        shutil.rmtree(own)
