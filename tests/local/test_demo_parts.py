"""What the demo's page shows, from jobs and files given by hand."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import pytest

from asl_export.verify.errors import VerifyError
from asl_export.verify.jobs import Job
from asl_export.verify.session import Session, child_environment
from demo.outputs import Output, fetch, folded, output_differences, read_output
from demo.timeline import bar, most_at_once, span


def job(created: float, started: float | None, stopped: float | None, status: str = "SUCCEEDED") -> Job:
    return Job(
        id=f"{created}-{started}",
        name="job",
        queue="queue",
        request={},
        status=status,
        reason=None,
        exit_code=0,
        created=created,
        started=started,
        stopped=stopped,
        log_stream=None,
    )


def output(key: str, *, codec: str | None = "h264", duration: float | None = 5.0, digest: str = "x") -> Output:
    return Output(key=key, path=Path(key), size=10, digest=digest, codec=codec, picture="1×1", duration=duration)


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (job(100, 102, 105), "░░███"),
        (job(103, 103, 110), "   ███████"),
        (job(104, 104, 104.01), "    █"),
        (job(109.99, 109.99, 110), "         █"),
        (job(102, None, 104, "FAILED"), "  ░░"),
        (job(102, None, None, "RUNNABLE"), "  ░"),
    ],
)
def test_a_bar_waits_and_runs_to_scale_and_is_never_invisible(shown: Job, expected: str) -> None:
    assert bar(shown, began=100, seconds=10, width=10).plain == expected


def test_jobs_that_only_touch_did_not_run_at_once() -> None:
    assert most_at_once([job(0, 0, 1), job(0, 1, 2), job(0, 1, 3), job(0, None, None)]) == 2


def test_a_run_without_jobs_has_a_length_to_divide_by() -> None:
    assert span([]) > 0


def test_a_missing_file_and_another_duration_are_differences_and_other_bytes_are_not() -> None:
    ours = {"a": output("a"), "b": output("b"), "c": output("c", digest="1")}
    theirs = {"a": output("a", duration=2.5), "c": output("c", digest="2")}
    assert [(found.where, found.exported) for found in output_differences(ours, theirs)] == [
        ("a", "h264 1×1 2.5"),
        ("b", "missing"),
    ]


def test_a_folder_is_one_line_whose_digest_tells_every_change() -> None:
    files = {"top": output("top"), "in/1": output("in/1"), "in/2": output("in/2")}
    changed = {**files, "in/2": output("in/2", digest="y")}
    assert list(folded(files)) == ["top", "in/ (2 files)"]
    assert folded(files)["in/ (2 files)"].digest != folded(changed)["in/ (2 files)"].digest


def test_documents_that_differ_in_their_own_address_only_are_identical(tmp_path: Path) -> None:
    first, second = tmp_path / "one.json", tmp_path / "two.json"
    first.write_text('{"at": "s3://bucket/one/x"}')
    second.write_text('{"at": "s3://bucket/two/x"}')
    digests = {
        read_output("d", first, own_text="bucket/one/").digest,
        read_output("d", second, own_text="bucket/two/").digest,
    }
    assert len(digests) == 1


@pytest.fixture
def session(local_aws: Any, tmp_path: Path) -> Session:
    endpoint = local_aws.endpoint
    return Session(endpoint=endpoint, folder=tmp_path, environment=child_environment(endpoint))


def test_the_files_of_a_run_are_fetched_under_their_keys(session: Session, tmp_path: Path) -> None:
    bucket = f"files-{uuid.uuid4().hex[:8]}"
    session.client("s3").create_bucket(Bucket=bucket)
    session.client("s3").put_object(Bucket=bucket, Key="run/in/a.txt", Body=b"abc")

    files = fetch(session, bucket, "run", tmp_path / "files")

    assert {name: (file.size, file.path.read_bytes()) for name, file in files.items()} == {"in/a.txt": (3, b"abc")}


def test_a_key_that_leads_out_of_the_folder_is_refused(session: Session, tmp_path: Path) -> None:
    bucket = f"files-{uuid.uuid4().hex[:8]}"
    session.client("s3").create_bucket(Bucket=bucket)
    session.client("s3").put_object(Bucket=bucket, Key="run/../../../escaped.txt", Body=b"x")

    with pytest.raises(VerifyError, match="leads out of"):
        fetch(session, bucket, "run", tmp_path / "files")

    assert not list(tmp_path.parent.rglob("escaped.txt"))
