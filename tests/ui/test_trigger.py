"""video_processing in a whole Airflow that finds it in its folders: triggered over REST, and with the UI's button.

The button needs a browser: Chromium (`apt-get install chromium`) and Playwright (`pip install playwright`), which is
larger than all else that the tests need, so it isn't among the requirements; without them its test is left out.
"""

import shutil
import subprocess
import urllib.error
from collections.abc import Iterator
from typing import Any

import imageio_ffmpeg
import pytest

from asl_export.verify.session import Session, open_session
from asl_export.verify.stack import Upload, create_stack, upload
from tests.airflow_run import ROOT, Scheduler, airflow_home, running_scheduler

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

DAG = "video_processing"
TASK = "extract_metadata"
BUCKET = "airstep-video-processing"


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """A local AWS with the DAG's stack, a clip of a second, and a file that is no video."""
    folder = tmp_path_factory.mktemp("ui")
    clip, broken = folder / "clip.mp4", folder / "broken.mp4"
    source = ["-f", "lavfi", "-i", "testsrc=size=128x72:rate=10:duration=1"]
    subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *source, str(clip)], check=True)
    broken.write_bytes(b"no video")
    with open_session(folder / "aws", images=ROOT / "containers") as opened:
        create_stack(opened, ROOT / "containers" / "stacks" / f"{DAG}.yaml", "video-processing")
        files = {"input.mp4": clip, "broken.mp4": broken}
        upload(opened, [Upload(source=source, bucket=BUCKET, key=key) for key, source in files.items()])
        yield opened


@pytest.fixture(scope="module")
def airflow(session: Session, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scheduler]:
    """An Airflow with the project's own dags and plugins folders, whose tasks wait in the triggerer."""
    folder = tmp_path_factory.mktemp("airflow")
    home = airflow_home(folder / "home", dags={}, environment=session.environment, plugins=ROOT / "plugins")
    home |= {"AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"), "AIRFLOW__OPERATORS__DEFAULT_DEFERRABLE": "True"}
    with running_scheduler(home, folder / "logs") as scheduler:
        yield scheduler


@pytest.fixture(scope="module")
def page(airflow: Scheduler) -> Iterator[Any]:
    """An open page of a real browser."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no browser here: apt-get install chromium, or Google Chrome")
    playwright = pytest.importorskip("playwright.sync_api", reason="no Playwright here: pip install playwright")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        opened = browser.new_page(base_url=airflow.home["AIRFLOW__API__BASE_URL"])
        opened.set_default_timeout(60_000)
        yield opened
        browser.close()


def test_a_run_triggered_over_rest_succeeds_and_its_tasks_link_their_jobs(airflow: Scheduler) -> None:
    run_id = airflow.trigger(DAG)
    run = airflow.ended(DAG, run_id)
    answer = airflow.request("GET", f"/api/v2/dags/{DAG}/dagRuns/{run_id}/taskInstances/{TASK}/links")

    assert (run.state, len(run.tasks), set(run.tasks.values())) == (
        "success",
        11,
        {"success"},
    )  # ten jobs, and what submits them
    job = run.xcoms[TASK, "job"]
    links = answer["extra_links"]
    assert links["Batch Job Details"].endswith(f"#jobs/detail/{job['job_id']}")
    assert links["Batch Job Queue"].endswith(":job-queue/StepsBatchTutorial_HighPriorityQueue")
    assert links["Batch Job Definition"].endswith(":job-definition/StepsBatchTutorial_ExtractMetadata:1")
    assert "log-events/StepsBatchTutorial_ExtractMetadata" in links["CloudWatch Logs"]


def test_a_param_that_breaks_its_rule_is_refused_before_anything_runs(airflow: Scheduler) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        airflow.trigger(DAG, {"account": "12"})
    assert refused.value.code == 400
    assert "'12' does not match '^[0-9]{12}$'" in refused.value.read().decode()


def test_the_trigger_button_asks_for_the_params_and_the_log_has_ffmpegs_own_words(
    airflow: Scheduler, page: Any
) -> None:
    airflow.known(DAG)
    page.goto(f"/dags/{DAG}")
    page.get_by_role("button", name="Trigger").first.click()
    form = page.get_by_role("dialog")
    assert form.get_by_text("AWS account id").is_visible()
    form.locator("input[name=element_input]").fill(f"s3://{BUCKET}/broken.mp4")
    form.get_by_role("button", name="Trigger").click()
    page.wait_for_url(f"**/dags/{DAG}/runs/*")
    run_id = page.url.rpartition("/")[2]

    run = airflow.ended(DAG, run_id)
    assert (run.state, run.tasks.pop(TASK), set(run.tasks.values())) == ("failed", "failed", {"upstream_failed"})
    page.goto(f"/dags/{DAG}/runs/{run_id}/tasks/{TASK}")
    page.get_by_text("Invalid data found when processing input").first.wait_for()
    page.get_by_role("tab", name="Details").or_(page.get_by_role("link", name="Details")).first.click()
    page.get_by_text("Batch Job Details").wait_for()
