"""The README's own example and links hold."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from asl_export.pipeline import QueryLanguage, export_dag, load_dag

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("query_language", list(QueryLanguage))
def test_the_readmes_dag_exports_without_a_warning(tmp_path: Path, query_language: QueryLanguage) -> None:
    (code,) = re.findall(r"## A DAG\n\n```python\n(.*?)```", README, re.DOTALL)
    (tmp_path / "video.py").write_text(code)

    export = export_dag(load_dag("video", tmp_path), query_language=query_language)

    assert export.warnings == ()
    assert export.definition["States"]["encode"]["Type"] == "Parallel"


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\((?!https?:)([^)#]+)", README))))
def test_the_readme_links_to_what_is_there(link: str) -> None:
    assert (ROOT / link).exists()
