"""What each command prints, writes and answers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from click.testing import Result

from asl_export.cli import main
from asl_export.diagnostics import InternalError

Run = Callable[..., Result]


def test_list_prints_the_dag_ids_and_nothing_else(asl_export: Run) -> None:
    assert asl_export("list").stdout == "bad_dag\ncrossing_dag\ngood_dag\n"


def test_export_writes_the_definition_under_the_dag_s_name(asl_export: Run) -> None:
    result = asl_export("export", "good_dag")
    assert result.exit_code == 0
    assert json.loads(Path("good_dag.asl.json").read_text())["StartAt"] == "first"


def test_export_to_a_folder_uses_the_same_name_in_it(asl_export: Run, tmp_path: Path) -> None:
    asl_export("export", "good_dag", "-o", tmp_path)
    assert (tmp_path / "good_dag.asl.json").is_file()


def test_the_longest_dag_id_has_a_default_file_and_picture(asl_export: Run, dags: Path) -> None:
    dag_id = "x" * 250
    (dags / "long.py").write_text((dags / "good.py").read_text().replace("good_dag", dag_id))
    assert asl_export("export", dag_id).exit_code == 0
    assert asl_export("graph", dag_id, "-o", ".").exit_code == 0
    names = {file.name for file in Path().iterdir()}
    assert f"{dag_id}.svg" in names
    assert [name[:237] for name in names if name.endswith(".asl.json")] == [dag_id[:237]]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_where_no_output_is_named_the_default_is_what_is_wrong(asl_export: Run) -> None:
    Path().resolve().chmod(0o500)
    result = asl_export("export", "good_dag")
    Path().resolve().chmod(0o700)
    assert result.exit_code == 2
    assert result.stderr.startswith("asl-export: no --output, so good_dag.asl.json: no permission to write")


def test_standard_output_holds_the_definition_alone(asl_export: Run) -> None:
    result = asl_export("export", "good_dag", "-o", "-")
    assert list(json.loads(result.stdout)["States"]) == ["first", "second"]
    assert "chatter of a DAG file" not in result.stdout


def test_pretty_is_the_same_definition_indented(asl_export: Run) -> None:
    plain, pretty = asl_export("export", "good_dag", "-o", "-"), asl_export("export", "good_dag", "-o", "-", "--pretty")
    assert json.loads(plain.stdout) == json.loads(pretty.stdout)
    assert (plain.stdout.count("\n"), pretty.stdout.startswith('{\n  "')) == (0, True)


def test_the_query_language_is_the_one_asked_for(asl_export: Run) -> None:
    jsonata = json.loads(asl_export("export", "good_dag", "-o", "-").stdout)
    jsonpath = json.loads(asl_export("export", "good_dag", "-o", "-", "--query-language", "jsonpath").stdout)
    assert jsonata["QueryLanguage"] == "JSONata"
    assert jsonpath.get("QueryLanguage", "JSONPath") == "JSONPath"


def test_a_dag_with_errors_shows_all_of_them_and_writes_nothing(asl_export: Run) -> None:
    result = asl_export("export", "bad_dag")
    assert (result.exit_code, result.stdout, list(Path().iterdir())) == (1, "", [])
    assert "crunch" in result.stderr
    assert "munch" in result.stderr


def test_an_old_file_stays_as_it_was_when_the_dag_has_errors(asl_export: Run) -> None:
    Path("bad_dag.asl.json").write_text("old")
    asl_export("export", "bad_dag")
    assert Path("bad_dag.asl.json").read_text() == "old"


def test_check_says_yes_or_gives_the_reasons(asl_export: Run) -> None:
    assert asl_export("check", "good_dag").stdout == "good_dag can be exported.\n"
    assert asl_export("check", "bad_dag").exit_code == 1


def test_check_counts_the_warnings_that_it_shows(asl_export: Run) -> None:
    result = asl_export("check", "crossing_dag")
    assert (result.exit_code, result.stdout) == (0, "crossing_dag can be exported, with 1 warning.\n")
    assert "warning[barrier]: tasks wait for more than the DAG asks" in result.stderr


@pytest.mark.parametrize("command", [["export"], ["check"], ["graph", "-o", "picture.svg"], ["verify"]])
def test_exact_makes_a_barrier_an_error_and_nothing_is_written(asl_export: Run, command: list[str]) -> None:
    result = asl_export(*command, "crossing_dag", "--exact")
    assert (result.exit_code, result.stdout, list(Path().iterdir())) == (1, "", [])
    assert "error[barrier]: tasks wait for more than the DAG asks" in result.stderr
    assert "warning[barrier]" not in result.stderr


def test_without_exact_a_dag_with_a_barrier_is_exported_and_told_of_it(asl_export: Run) -> None:
    result = asl_export("export", "crossing_dag", "-o", "-")
    assert json.loads(result.stdout)["States"]
    assert "warning[barrier]" in result.stderr


def test_exact_changes_nothing_of_a_dag_without_a_barrier(asl_export: Run) -> None:
    exact, plain = asl_export("export", "good_dag", "-o", "-", "--exact"), asl_export("export", "good_dag", "-o", "-")
    assert (exact.exit_code, exact.stdout) == (0, plain.stdout)


@pytest.mark.parametrize("command", ["export", "check", "graph", "verify"])
def test_the_help_says_what_exact_does(asl_export: Run, command: str) -> None:
    assert "Refuse a DAG whose tasks would wait for more than it asks" in " ".join(
        asl_export(command, "--help").stdout.split()
    )


def test_graph_draws_the_states(asl_export: Run) -> None:
    assert asl_export("graph", "good_dag", "-o", "picture.svg").exit_code == 0
    words = [element.text for element in ET.parse("picture.svg").getroot().iter() if element.text]
    assert {"first", "second"} <= set(words)


def test_an_unknown_dag_names_the_ones_there_are(asl_export: Run) -> None:
    result = asl_export("export", "god_dag")
    assert result.exit_code == 1
    assert "good_dag" in result.stderr


@pytest.mark.parametrize("command", [["export"], ["check"], ["graph", "-o", "."], ["verify"]])
def test_an_id_that_is_longer_than_a_file_s_name_is_unknown_as_any(asl_export: Run, command: list[str]) -> None:
    result = asl_export(*command, "x" * 300)
    assert (result.exit_code, "unknown-dag" in result.stderr) == (1, True)


def test_an_unparsable_file_is_named_with_its_line(asl_export: Run, dags: Path) -> None:
    (dags / "broken.py").write_text("from airflow.sdk import DAG\n\nimport does_not_exist_anywhere\n")
    result = asl_export("list")
    assert result.exit_code == 1
    assert "broken.py:3" in result.stderr
    assert "ModuleNotFoundError: No module named 'does_not_exist_anywhere'" in result.stderr
    assert result.stdout == "bad_dag\ncrossing_dag\ngood_dag\n"


@pytest.mark.parametrize("command", [["export"], ["check"], ["graph", "-o", "picture.svg"], ["verify"]])
def test_an_id_that_two_files_have_is_refused_by_every_command(asl_export: Run, dags: Path, command: list[str]) -> None:
    (dags / "copy.py").write_text((dags / "good.py").read_text())
    result = asl_export(*command, "good_dag")
    assert (result.exit_code, result.stdout, list(Path().iterdir())) == (1, "", [])
    assert f"{dags}/copy.py and {dags}/good.py" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["export", "good_dag", "--dags-folder", "nowhere"], "nowhere"),
        (["export", "good_dag", "-o", "no/such/folder.json"], "there is no folder"),
        (["export", "good_dag", "-o", "nofolder/"], "there is no folder"),
        (["export", "good_dag", "-o", "x" * 300], "File name too long"),
        (["graph", "good_dag", "-o", "nofolder/"], "there is no folder"),
        (["graph", "good_dag", "-o", "x" * 300 + ".svg"], "File name too long"),
        (["graph", "good_dag", "-o", "picture.jpeg"], "ends in .svg"),
        (["export", "good_dag", "--query-language", "xpath"], "xpath"),
        (["verify", "good_dag", "--input", "{"], "--input: not JSON"),
        (["verify", "good_dag", "--input", "[1]"], "a JSON object"),
        (["verify", "good_dag", "--upload", "x=y"], "LOCAL=s3://bucket/key"),
        (["verify", "good_dag", "--upload", "gone.mp4=s3://b/k"], "there is no file gone.mp4"),
        (["verify", "good_dag", "--stack", "gone.yaml"], "gone.yaml"),
        (["verify", "good_dag", "--endpoint-url", "foo"], "--endpoint-url: an address such as"),
        (["nonsense"], "nonsense"),
        (["export"], "DAG_ID"),
    ],
)
def test_wrong_usage_is_one_message_and_exit_code_2(asl_export: Run, arguments: list[str], said: str) -> None:
    result = asl_export(*arguments)
    assert (result.exit_code, said in result.stderr, "Traceback" in result.stderr) == (2, True, False)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_an_unwritable_folder_is_said_before_any_work(asl_export: Run, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    result = asl_export("export", "good_dag", "-o", tmp_path)
    tmp_path.chmod(0o700)
    assert (result.exit_code, "no permission" in result.stderr) == (2, True)


@pytest.mark.parametrize("command", ["list", "export", "check", "graph", "verify"])
def test_every_command_s_help_has_an_example(asl_export: Run, command: str) -> None:
    assert f"asl-export {command}" in asl_export(command, "--help").stdout.partition("Examples")[2]


def test_as_a_process_standard_output_is_pure_and_no_file_is_left(dags: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "asl_export", "export", "good_dag", "--dags-folder", str(dags), "-o", "-"]
    environment = {**os.environ, "AIRFLOW_HOME": str(tmp_path / "airflow")}
    (tmp_path / "empty").mkdir()
    done = subprocess.run(command, cwd=tmp_path / "empty", env=environment, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["States"]
    assert list((tmp_path / "empty").iterdir()) == []


def test_a_fault_of_its_own_is_told_as_such_with_what_to_report(
    dags: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise InternalError("a rule is broken")

    monkeypatch.setattr("asl_export.pipeline.export_dag", broken)
    monkeypatch.setattr("sys.argv", ["asl-export", "check", "good_dag", "--dags-folder", str(dags)])
    with pytest.raises(SystemExit) as left:
        main()
    assert left.value.code == 70
    said = capsys.readouterr()
    assert said.out == ""
    first, second, *rest = said.err[said.err.index("asl-export: ") :].splitlines()
    assert first == "asl-export: this is a fault of airstep, not of your DAG: InternalError: a rule is broken"
    assert second.startswith("Please report it with the command, the DAG's file")
    assert rest[1].startswith("airstep ")
    assert ("Traceback (most recent call last):" in rest, "in broken" in said.err) == (True, True)


def test_a_mistake_of_the_user_s_is_no_fault(dags: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["asl-export", "check", "bad_dag", "--dags-folder", str(dags)])
    with pytest.raises(SystemExit) as left:
        main()
    assert left.value.code == 1


def test_help_comes_without_importing_airflow_or_boto3() -> None:
    code = "import sys; import asl_export.cli; sys.exit(bool({'airflow', 'boto3'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
