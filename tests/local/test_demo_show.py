"""`make demo` from its first line to its last, on a clip of one second; and what it says when it can't begin."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from xml.etree import ElementTree as ET

import imageio_ffmpeg
import psutil
import pytest

from demo.preflight import find_video

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "demo"]
CACHE = ROOT / ".airstep" / "cache"
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "160", "NO_COLOR": "1"}


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """A real, tiny video with sound."""
    path = tmp_path / "my clip.mp4"
    sources = ["-f", "lavfi", "-i", "testsrc=size=128x72:rate=10:duration=1", "-f", "lavfi", "-i", "sine=duration=1"]
    subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *sources, str(path)], check=True)
    return path


def share_cache(folder: Path) -> None:
    """Let the demo find the migrated Airflow database of earlier runs."""
    CACHE.mkdir(parents=True, exist_ok=True)
    (folder / ".airstep").mkdir()
    (folder / ".airstep" / "cache").symlink_to(CACHE)


def demo(
    folder: Path, *arguments: str, environment: Mapping[str, str] = ENVIRONMENT
) -> subprocess.CompletedProcess[str]:
    """Run the demo in a folder of its own."""
    return subprocess.run(
        [*COMMAND, *arguments], cwd=folder, env=environment, capture_output=True, text=True, timeout=170, check=False
    )


@pytest.mark.slow
@pytest.mark.timeout(200)
def test_the_demo_runs_both_engines_and_shows_that_they_did_the_same(tmp_path: Path, clip: Path) -> None:
    share_cache(tmp_path)
    result = demo(tmp_path, "--video", str(clip))
    said, folder = result.stdout, tmp_path / ".airstep" / "demo"
    assert result.returncode == 0, said + result.stderr
    assert "same jobs, same order, same result: yes  (10 jobs, 9 edges of the DAG)" in said
    assert ("$ airflow dags test video_processing" in said, "$ asl-export export" in said) == (True, True)
    assert all(f"$ aws stepfunctions {verb}" in said for verb in ("create-state-machine", "start-execution"))
    assert all(said.count(f"Transcode_{height}-2") >= 3 for height in ("4k", "1080p", "720p", "480p"))
    assert all(f"{size}" in said for size in ("3840×2160", "1920×1080", "1280×720"))
    assert ET.parse(folder / "report.svg").getroot().tag.endswith("svg")
    assert '"Extract Metadata": {' in (folder / "video_processing.asl.json").read_text()
    assert "ffmpeg" in (folder / "logs" / "step-functions" / "Transcode_720p-2.log").read_text()
    assert (folder / "files" / "from-airflow" / "480p.mp4").is_file()


@pytest.mark.slow
@pytest.mark.timeout(200)
def test_a_video_whose_sound_breaks_off_fails_in_ffmpegs_own_words(tmp_path: Path, clip: Path) -> None:
    share_cache(tmp_path)
    whole = tmp_path / "whole.mp4"
    ffmpeg = imageio_ffmpeg.get_ffmpeg_exe()
    subprocess.run([ffmpeg, "-v", "error", "-i", str(clip), "-movflags", "+faststart", str(whole)], check=True)
    clip.write_bytes(whole.read_bytes()[: whole.stat().st_size * 6 // 10])
    result = demo(tmp_path, "--video", str(clip))
    assert (result.returncode, "Traceback" in result.stdout + result.stderr) == (1, False)
    assert result.stdout.count("Invalid data found when processing input") >= 2
    assert "a run failed, so its files were not compared" in result.stdout


@pytest.mark.slow
def test_an_interrupted_demo_leaves_no_process(tmp_path: Path) -> None:
    share_cache(tmp_path)
    with subprocess.Popen(COMMAND, cwd=tmp_path, env=ENVIRONMENT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert any("SplitVideo" in line for line in process.stdout)
        family = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGINT)
        assert process.wait(40) == 130
    assert len(family) >= 2
    assert psutil.wait_procs(family, timeout=10)[1] == []


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [("gone.mp4", None, "no such file"), ("notes.mp4", b"just text", "not a video"), ("empty.mp4", b"", "not a video")],
)
def test_a_bad_video_is_one_line_and_starts_nothing(
    tmp_path: Path, name: str, content: bytes | None, said: str
) -> None:
    video = tmp_path / name
    _ = content is not None and video.write_bytes(content)
    result = demo(tmp_path, "--video", str(video))
    assert result.returncode == 1
    assert len(result.stdout.strip().splitlines()) == 1
    assert (said in result.stdout, str(video) in result.stdout, result.stderr) == (True, True, "")
    assert not (tmp_path / ".airstep").exists()


def test_a_folder_is_no_video(tmp_path: Path) -> None:
    result = demo(tmp_path, "--video", str(tmp_path))
    assert (result.returncode, result.stdout.strip()) == (
        1,
        f"demo: VIDEO={tmp_path}: a folder; give the video file in it",
    )


def test_a_project_that_can_t_be_written_is_one_line(tmp_path: Path, clip: Path) -> None:
    (tmp_path / ".airstep").write_text("in the way")
    result = demo(tmp_path, "--video", str(clip))
    assert (result.returncode, result.stderr) == (1, "")
    assert result.stdout.startswith("demo: .airstep/demo can't be written (")
    assert len(result.stdout.strip().splitlines()) == 1


def test_a_missing_ffmpeg_is_one_line(tmp_path: Path, clip: Path) -> None:
    (tmp_path / "imageio_ffmpeg.py").write_text("raise ImportError('gone')\n")
    environment = {**ENVIRONMENT, "PYTHONPATH": f"{tmp_path}:{ROOT}", "PATH": str(tmp_path)}
    result = demo(tmp_path, "--video", str(clip), environment=environment)
    assert (result.returncode, len(result.stdout.strip().splitlines())) == (1, 1)
    assert "no ffmpeg" in result.stdout


def test_an_ffmpeg_without_h264_is_one_line(tmp_path: Path, clip: Path) -> None:
    poor = tmp_path / "ffmpeg"
    poor.write_text("#!/bin/sh\necho V..... mpeg4\n")
    poor.chmod(0o755)
    result = demo(tmp_path, "--video", str(clip), environment={**ENVIRONMENT, "PATH": f"{tmp_path}:/bin:/usr/bin"})
    assert (result.returncode, "libx264" in result.stdout) == (1, True)


def test_a_local_aws_that_can_t_start_is_one_line(tmp_path: Path, clip: Path) -> None:
    (tmp_path / "local_aws.py").write_text("raise SystemExit('no port is free')\n")
    result = demo(tmp_path, "--video", str(clip), environment={**ENVIRONMENT, "PYTHONPATH": f"{tmp_path}:{ROOT}"})
    assert result.returncode == 1
    assert "demo: the local AWS did not start: no port is free" in result.stdout


def test_the_built_in_clip_is_a_video() -> None:
    assert find_video(None).name == "bigbuckbunny.mp4"
