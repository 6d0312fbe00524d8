"""The show in its acts: prepare, run from Airflow, export, run from Step Functions, compare."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console
from rich.rule import Rule
from rich.text import Text

from asl_export.output import chatter_on_stderr
from asl_export.verify.compare import compare
from asl_export.verify.direct import direct_command, run_direct
from asl_export.verify.errors import VerifyError
from asl_export.verify.exported import outcome
from asl_export.verify.flow import DagFlow, dag_flow
from asl_export.verify.jobs import Job
from asl_export.verify.patience import Limits
from asl_export.verify.progress import watched
from asl_export.verify.report import save_picture
from asl_export.verify.run import Outcome, Run, Tick
from asl_export.verify.session import Session, open_session
from asl_export.verify.stack import Upload, create_stack, upload
from demo.commands import Shell, execute
from demo.commands import show as show_command
from demo.outputs import fetch, output_differences
from demo.report import Page, render

DAG_ID = "video_processing"
ROOT = Path(__file__).resolve().parents[1]
DAGS = ROOT / "dags"
STACK = ROOT / "containers" / "stacks" / f"{DAG_ID}.yaml"
PICTURE_WIDTH = 100
LAST_LINES = 6
FILES_NOT_COMPARED = (
    "a run failed, so its files were not compared: which of them it left depends on when it was stopped"
)
LIMITS = Limits(total=1800, idle=180)
PREFIXES = ("from-airflow", "from-step-functions")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What every act needs."""

    session: Session
    shell: Shell
    console: Console
    bucket: str
    role_arn: str

    @property
    def folder(self) -> Path:
        """Where the demo's files lie."""
        return self.session.folder

    def params(self, prefix: str) -> dict[str, str]:
        """The DAG's params: each run writes to an output prefix of its own, so that both can be looked at."""
        return {"output": f"s3://{self.bucket}/{prefix}"}


def show(video: Path, aws: Path, folder: Path, console: Console, *, keep: bool) -> bool:
    """The whole show; whether both engines did the same, and succeeded.

    :raises VerifyError: when something of it could not be run at all.
    """
    shutil.rmtree(folder, ignore_errors=True)
    try:
        return _acts(video, aws, folder, console, keep=keep)
    except (BotoCoreError, ClientError) as error:
        raise VerifyError(f"the local AWS failed: {error} (its log: {folder / 'local_aws.log'})") from error


def _acts(video: Path, aws: Path, folder: Path, console: Console, *, keep: bool) -> bool:
    with _stage(video, aws.parent, folder, console) as stage:
        direct = _from_airflow(stage)
        _title(console, "The same DAG as a state machine")
        definition = folder / f"{DAG_ID}.asl.json"
        export = ("export", DAG_ID, "--dags-folder", _here(DAGS), "--pretty", "-o", _here(definition))
        stage.shell.run("asl-export", *export)
        exported = _from_step_functions(stage, definition)
        _title(console, "Both, side by side")
        page = _page(stage, direct, exported, definition)
        console.print(render(page, width=console.width))
        picture = render(page, width=PICTURE_WIDTH)
        save_picture(picture, folder / "report.svg", title=f"make demo: {DAG_ID}", width=PICTURE_WIDTH)
        if keep:
            _linger(stage)
    return page.comparison.same and direct.outcome.succeeded


@contextmanager
def _stage(video: Path, programs: Path, folder: Path, console: Console) -> Iterator[Stage]:
    """The local AWS with the stack and the video in it, gone again at the end of the block."""
    _title(console, "A local AWS, with what the DAG runs on")
    with console.status("starting …") as status, open_session(folder, images=ROOT / "containers") as session:
        outputs = create_stack(session, STACK, DAG_ID.replace("_", "-"))
        bucket = outputs["Bucket"]
        upload(session, (Upload(source=video, bucket=bucket, key="input.mp4"),))
        console.print(f"Local AWS at {session.endpoint}; stack {STACK.name}", highlight=False)
        console.print(f"{video.name} is now s3://{bucket}/input.mp4", highlight=False)
        status.stop()
        environment = {**session.environment, "AIRFLOW_HOME": str(folder / "airflow")}
        yield Stage(
            session=session,
            shell=Shell(programs=programs, environment=environment, console=console),
            console=console,
            bucket=bucket,
            role_arn=outputs["StateMachineRoleArn"],
        )


def _from_airflow(stage: Stage) -> Run:
    _title(stage.console, "Airflow runs the DAG")
    conf = stage.params(PREFIXES[0])
    show_command(stage.console, "airflow", *direct_command(DAG_ID, conf))

    def engine(tick: Tick) -> Outcome:
        cache = stage.folder.parent / "cache"
        return run_direct(stage.session, DAG_ID, dags_folder=DAGS, cache=cache, conf=conf, tick=tick)

    return _told(stage, watched(stage.console, "Airflow", stage.session, engine, LIMITS))


def _from_step_functions(stage: Stage, definition: Path) -> Run:
    _title(stage.console, "Step Functions runs it, without Airflow")
    show_command(stage.console, "export", f"AWS_ENDPOINT_URL={stage.session.endpoint}")
    input = stage.params(PREFIXES[1])

    def engine(tick: Tick) -> Outcome:
        began = time.time()
        described = execute(
            stage.shell, name=DAG_ID, definition=_here(definition), role_arn=stage.role_arn, input=input, tick=tick
        )
        return outcome(stage.session, described, began)

    return _told(stage, watched(stage.console, "Step Functions", stage.session, engine, LIMITS))


def _told(stage: Stage, run: Run) -> Run:
    """The run, after saying how it ended; its jobs' logs are kept."""
    ours = run.outcome
    end = "[green]succeeded[/]" if ours.succeeded else "[red]failed[/]"
    took = ours.ended - ours.began
    stage.console.print(f"{ours.engine} {end}: {len(run.jobs)} jobs in {took:.1f} s", highlight=False)
    folder = _keep_logs(stage, run)
    for job in run.jobs:
        if job.status == "FAILED" and job.ended_by_itself:
            words = last_words(job, (folder / f"{job.name}.log").read_text(encoding="utf-8"))
            stage.console.print(Text(words), soft_wrap=True)
    return run


def last_words(job: Job, log: str) -> str:
    """What a failed job said at its end: the last lines of its log."""
    lines = [f"{job.name}, exit code {job.exit_code}:", *log.splitlines()[-LAST_LINES:]]
    return "\n    ".join(lines)


def _keep_logs(stage: Stage, run: Run) -> Path:
    logs = stage.session.client("logs")
    folder = stage.folder / "logs" / run.outcome.engine.lower().replace(" ", "-")
    folder.mkdir(parents=True, exist_ok=True)
    for job in run.jobs:
        (folder / f"{job.name}.log").write_text(_log(logs, job), encoding="utf-8")
    return folder


def _log(logs: Any, job: Job) -> str:
    if job.log_stream is None:
        return f"{job.status}: {job.reason or 'it never started'}\n"
    try:
        found = logs.get_log_events(logGroupName="/aws/batch/job", logStreamName=job.log_stream, startFromHead=True)
    except logs.exceptions.ResourceNotFoundException:
        return f"{job.status}: it wrote nothing\n"
    return "".join(f"{event['message']}\n" for event in found["events"])


def _page(stage: Stage, direct: Run, exported: Run, definition: Path) -> Page:
    files = [fetch(stage.session, stage.bucket, prefix, stage.folder / "files") for prefix in PREFIXES]
    ours, theirs = (f"s3://{stage.bucket}/{prefix}" for prefix in PREFIXES)
    flow = _flow(stage.folder / "airflow")
    comparison = compare(direct, exported, flow.edges, same_text={theirs: ours}, flow=flow)
    if direct.outcome.succeeded and exported.outcome.succeeded:
        comparison = replace(comparison, differences=(*comparison.differences, *output_differences(*files)))
    else:
        comparison = replace(comparison, notes=(*comparison.notes, FILES_NOT_COMPARED))
    return Page(
        comparison=comparison,
        direct_files=files[0],
        exported_files=files[1],
        places=(
            ("state machine", _here(definition)),
            ("files", _here(stage.folder / "files")),
            ("job logs", _here(stage.folder / "logs")),
            ("Airflow's log", _here(direct.outcome.log)),
            ("this page", _here(stage.folder / "report.svg")),
        ),
    )


def _flow(airflow_home: Path) -> DagFlow:
    """What the DAG says of its jobs; Airflow reads its settings when imported, and must not make a home of its own."""
    os.environ["AIRFLOW_HOME"] = str(airflow_home)
    with chatter_on_stderr():
        from asl_export.pipeline import load_dag  # see above

        return dag_flow(load_dag(DAG_ID, DAGS))


def _here(path: Path) -> str:
    """The path as seen from the current folder, shorter to read and to copy."""
    return os.path.relpath(path)


def _linger(stage: Stage) -> None:
    stage.console.print(f"The local AWS stays at {stage.session.endpoint} until Ctrl-C.", style="bold", highlight=False)
    with suppress(KeyboardInterrupt):
        signal.pause()


def _title(console: Console, text: str) -> None:
    console.print()
    console.print(Rule(text, align="left", style="dim"))
