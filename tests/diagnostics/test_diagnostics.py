"""Each case is a DAG and the messages that it must get; the folder is the rule that the case is about."""

import re
from pathlib import Path

import pytest

from asl_export.diagnostics import Code, Diagnostic, ExportError, Location, render_diagnostics
from asl_export.pipeline import QueryLanguage, check_dag, list_dags, load_dag

HERE = Path(__file__).parent
CASES = sorted(file.relative_to(HERE).with_suffix("").as_posix() for file in HERE.glob("*/*.py"))
# Rules about the folder of DAG files and not about a DAG.
OF_FOLDERS = {Code.NO_DAGS_FOLDER, Code.UNREADABLE_FILE, Code.UNKNOWN_DAG, Code.AMBIGUOUS_DAG}


def said(case: str) -> str:
    """The messages about a case, in the query language that its name asks for, with paths as in the repository."""
    file = HERE / f"{case}.py"
    language = QueryLanguage.JSONPATH if "jsonpath" in file.stem else QueryLanguage.JSONATA
    found = check_dag(load_dag(file.stem, file), query_language=language)
    text = render_diagnostics(found).replace(f"{HERE}/", "") + "\n"
    text = re.sub(r"(what these operators do): .*", r"\1: <operators>", text)
    return re.sub(r"(definition has) [\d,]+", r"\1 <many>", text)


@pytest.mark.parametrize("case", CASES)
def test_a_dag_gets_the_expected_messages(case: str, request: pytest.FixtureRequest) -> None:
    expected = HERE / f"{case}.err"
    found = said(case)
    if request.config.getoption("--update-diagnostics", default=False):
        expected.write_text(found, encoding="utf-8")
    assert found == expected.read_text(encoding="utf-8")


@pytest.mark.parametrize("case", CASES)
def test_a_case_shows_the_rule_of_its_folder(case: str) -> None:
    assert f"[{Path(case).parent}]" in (HERE / f"{case}.err").read_text(encoding="utf-8")


def test_the_refusal_of_an_operator_names_those_that_are_known() -> None:
    (found, *_) = check_dag(load_dag("python", HERE / "unsupported-operator" / "python.py"))
    assert {"BatchJobOperator", "ChoiceOperator", "EmptyOperator"} <= set(re.findall(r"\w+", found.why))


@pytest.mark.parametrize("code", Code)
def test_every_rule_is_documented(code: Code) -> None:
    assert f"## {code}\n" in (HERE.parents[1] / "docs" / "diagnostics.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("code", sorted(set(Code) - OF_FOLDERS - {Code.UNKNOWN_SETTING, Code.DEPENDENCIES}))
def test_every_rule_about_dags_has_a_case(code: Code) -> None:
    assert f"[{code}]" in "".join(file.read_text(encoding="utf-8") for file in HERE.glob("*/*.err"))


def test_a_missing_folder_is_one_clear_message(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="no-dags-folder") as error:
        load_dag("x", tmp_path / "missing")
    assert len(error.value.diagnostics) == 1


def test_an_unknown_dag_is_told_which_ones_there_are(tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text("from airflow.sdk import DAG\nknown = DAG('the_one')\n")
    with pytest.raises(ExportError, match=r"(?s)unknown-dag.*defined here are: the_one"):
        load_dag("other", tmp_path)


def test_every_file_that_cannot_be_parsed_is_told_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text("from airflow.sdk import DAG\n1 / 0\n")
    (tmp_path / "two.py").write_text("from airflow.sdk import DAG\nx = = 1\n")
    (tmp_path / "good.py").write_text("from airflow.sdk import DAG\ngood = DAG('good')\n")
    found = list_dags(tmp_path)
    assert [(item.location.file, item.location.line) for item in found.diagnostics] == [
        (tmp_path / "one.py", 2),
        (tmp_path / "two.py", 2),
    ]
    assert list(found.dags) == ["good"]


@pytest.mark.parametrize(
    ("body", "line", "said"),
    [
        (
            "B(task_id='a', vcpus='x', memory=-1, **J)",
            5,
            "ValueError: BatchJobOperator 'a': vcpus must be a number, not 'x'\n"
            "BatchJobOperator 'a': memory is -1 MiB; the least is 1 MiB",
        ),
        (
            "B(task_id='a', array_sze=2, **J)",
            5,
            "TypeError: Invalid arguments were passed to BatchJobOperator (task_id: a). Invalid arguments were:\n"
            "**kwargs: {'array_sze': 2}",
        ),
        (
            "\n    try:\n        1 / 0\n    except ArithmeticError as error:\n        raise KeyError('x') from error",
            9,
            "KeyError: 'x'",
        ),
        ("a = B(task_id='a', **J); a >> B(task_id='b', **J) >> a", None, "AirflowDagCycleException: Cycle detected"),
    ],
)
def test_what_an_unreadable_file_raised_is_told_whole(tmp_path: Path, body: str, line: int | None, said: str) -> None:
    lines = [
        "from airflow.sdk import DAG",
        "from airstep.operators import BatchJobOperator as B",
        "J = dict(job_queue='queue', job_definition='definition')",
        "with DAG('d'):",
        f"    {body}",
    ]
    (tmp_path / "d.py").write_text("\n".join(lines) + "\n")
    with pytest.raises(ExportError) as error:
        load_dag("d", tmp_path)
    (found,) = error.value.diagnostics
    assert found.location.line == line
    assert found.why.startswith(said)


def test_lines_of_a_reason_stand_under_one_another() -> None:
    found = Diagnostic(code=Code.UNREADABLE_FILE, message="m", location=Location(), why="one\ntwo", fix="f")
    assert str(found).splitlines()[1:] == ["  why:   one", "         two", "  fix:   f"]


def test_an_id_that_two_files_have_is_refused_with_both_and_no_other_is(tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text("from airflow.sdk import DAG\nx = DAG('x')\n")
    (tmp_path / "two.py").write_text("from airflow.sdk import DAG\nx, y = DAG('x'), DAG('y')\n")
    with pytest.raises(ExportError, match=rf"(?s)ambiguous-dag.*{tmp_path}/one\.py and {tmp_path}/two\.py") as error:
        load_dag("x", tmp_path)
    assert len(error.value.diagnostics) == 1
    assert load_dag("y", tmp_path).dag_id == "y"
    assert list(list_dags(tmp_path).dags) == ["y"]


def test_an_id_that_two_dags_of_a_file_have_is_refused(tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text(
        "from airflow.providers.standard.operators.empty import EmptyOperator\nfrom airflow.sdk import DAG\n"
        "with DAG('x'):\n    EmptyOperator(task_id='a')\nwith DAG('x'):\n    EmptyOperator(task_id='b')\n"
    )
    with pytest.raises(ExportError, match=r"2 DAGs have the id 'x'"):
        load_dag("x", tmp_path)


def test_a_broken_file_beside_does_not_hide_a_dag(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("from airflow.sdk import DAG\n1 / 0\n")
    (tmp_path / "good.py").write_text("from airflow.sdk import DAG\ngood = DAG('good')\n")
    assert load_dag("good", tmp_path).dag_id == "good"


def test_an_unknown_dag_is_told_the_nearest_name_and_not_all_of_many(tmp_path: Path) -> None:
    dags = "".join(f"dag_{number} = DAG('pipeline_{number}')\n" for number in range(30))
    (tmp_path / "many.py").write_text(f"from airflow.sdk import DAG\n{dags}render = DAG('blender_render')\n")
    with pytest.raises(ExportError, match=r"did you mean blender_render\?") as error:
        load_dag("blender_rendr", tmp_path)
    assert "and 23 more" in str(error.value)
