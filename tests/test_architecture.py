"""Who may import whom: the rooms of the project, held by reading every file's imports."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

AIRFLOW, BOTO = "airflow", ("boto3", "botocore")
OURS = ("airstep", "asl_export", "local_aws", "airstep_plugin", "demo", "benchmarks", "tests")

ROOMS: dict[str, tuple[tuple[str, ...], bool, bool]] = {
    # folder or file: (what it may import of OURS, whether airflow, whether boto3 or botocore)
    "dags": (("airstep.operators", "airstep.spec"), True, False),
    "plugins/airstep/spec.py": ((), False, False),
    "plugins/airstep/errors.py": (("airstep.job", "airstep.spec"), False, False),
    "plugins/airstep/limiter.py": ((), False, False),
    "plugins/airstep/job_names.py": ((), False, False),
    "plugins/airstep/items.py": (("airstep.spec",), False, False),
    "plugins/airstep/maps": (
        ("airstep.items", "airstep.job", "airstep.maps", "airstep.results", "airstep.spec"),
        False,
        True,
    ),
    "plugins/airstep/hooks": (("airstep",), True, True),
    "plugins/airstep/triggers": (("airstep",), True, True),
    "plugins/airstep/operators": (("airstep",), True, True),
    "plugins/airstep/links": (("airstep",), True, True),
    "plugins/airstep_plugin.py": (("airstep", "asl_export.pipeline"), True, False),
    "asl_export/diagnostics.py": ((), False, False),
    "asl_export/ir": (("airstep.spec", "asl_export.ir", "asl_export.diagnostics"), False, False),
    "asl_export/frontend": (
        (
            "airstep.items",
            "airstep.maps",
            "airstep.spec",
            "airstep.results",
            "airstep.operators",
            "asl_export.ir",
            "asl_export.diagnostics",
            "asl_export.frontend",
        ),
        True,
        False,
    ),
    "asl_export/checks": (
        ("airstep.spec", "asl_export.ir", "asl_export.diagnostics", "asl_export.checks"),
        False,
        True,
    ),
    "asl_export/structure": (
        ("airstep.spec", "asl_export.ir", "asl_export.diagnostics", "asl_export.structure"),
        False,
        False,
    ),
    "asl_export/outcomes": (
        ("asl_export.ir", "asl_export.diagnostics", "asl_export.structure.order", "asl_export.outcomes"),
        False,
        False,
    ),
    "asl_export/asl": (
        ("airstep.spec", "asl_export.ir", "asl_export.diagnostics", "asl_export.outcomes", "asl_export.asl"),
        False,
        False,
    ),
    "asl_export/pipeline.py": (
        tuple(
            f"asl_export.{stage}"
            for stage in (
                "diagnostics",
                "ir",
                "frontend",
                "checks",
                "outcomes",
                "structure",
                "asl",
            )
        ),
        True,
        False,
    ),
    "asl_export/verify": (("asl_export", "airstep"), True, True),
    "asl_export/estimate": (("asl_export", "airstep.operators", "airstep.pace"), True, False),
    "asl_export/drawing": (("asl_export.drawing", "asl_export.diagnostics"), False, False),
    "asl_export/options.py": (("asl_export",), False, False),
    "asl_export/output.py": (("asl_export",), True, False),
    "asl_export/cli.py": (("asl_export",), True, True),
    "containers/item_runner": ((), False, True),
    "containers/local_aws/local_aws": (("local_aws",), False, True),
}


def imports(file: Path) -> Iterator[str]:
    """Every module that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: a relative import"
            yield from (f"{node.module}.{name.name}" for name in node.names)


def within(module: str, rooms: tuple[str, ...]) -> bool:
    return any(module == room or module.startswith(f"{room}.") for room in rooms)


def forbidden(room: str) -> list[str]:
    """The imports of a room that its row doesn't allow."""
    allowed, airflow, boto = ROOMS[room]
    path = ROOT / room
    files = sorted(path.rglob("*.py")) if path.is_dir() else [path]
    found = [(file, module) for file in files for module in imports(file)]
    wrong = [
        (file, module)
        for file, module in found
        if (within(module, OURS) and not within(module, allowed))
        or (within(module, (AIRFLOW,)) and not airflow)
        or (within(module, BOTO) and not boto)
    ]
    return [f"{file.relative_to(ROOT)} imports {module}" for file, module in wrong]


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_of_the_table_exists(room: str) -> None:
    assert (ROOT / room).exists()


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_what_its_row_allows(room: str) -> None:
    assert forbidden(room) == []


def test_every_file_of_the_compiler_is_in_a_room() -> None:
    rooms = [ROOT / room for room in ROOMS]
    files = {file for file in (ROOT / "asl_export").rglob("*.py") if file.name not in ("__init__.py", "__main__.py")}
    homeless = {file for file in files if not any(file == room or room in file.parents for room in rooms)}
    assert homeless == set(), "give the file a room in the table"


def test_the_rule_reader_sees_an_import_that_is_not_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ROOMS, "asl_export/frontend", ((), False, False))
    assert any("imports airflow" in line for line in forbidden("asl_export/frontend"))
    assert any("imports asl_export.ir" in line for line in forbidden("asl_export/frontend"))
