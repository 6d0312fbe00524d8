"""The video jobs, run as the processes they are, on real videos, with S3 of the local AWS."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import av
import imageio_ffmpeg
import pytest

JOB = Path(__file__).parents[2] / "containers/ffmpeg/ffmpeg_job.py"

# One second of red, then one of blue, with a tone: 50 frames, one cut at 1.0 s.
RED_THEN_BLUE = [
    *("-f", "lavfi", "-i", "color=red:s=320x240:r=25:d=1", "-f", "lavfi", "-i", "color=blue:s=320x240:r=25:d=1"),
    *("-f", "lavfi", "-i", "sine=f=440:d=2", "-filter_complex", "[0][1]concat=n=2[v]", "-map", "[v]", "-map", "2"),
]
SILENT_FILM = ["-f", "lavfi", "-i", "testsrc=s=64x48:r=10:d=1"]
ONE_FRAME = ["-f", "lavfi", "-i", "testsrc=s=64x48:r=10:d=1", "-frames:v", "1", "-pix_fmt", "yuv420p"]
PORTRAIT_OF_ODD_SIZE = ["-f", "lavfi", "-i", "testsrc=s=241x321:r=10:d=1", "-pix_fmt", "yuv444p"]
SILENCE = [*SILENT_FILM, "-f", "lavfi", "-i", "anullsrc=d=1", "-shortest"]

Job = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def s3(local_aws: Any) -> Any:
    return local_aws.client("s3")


@pytest.fixture
def bucket(s3: Any) -> str:
    name = f"video-{uuid.uuid4().hex[:8]}"
    s3.create_bucket(Bucket=name)
    return name


@pytest.fixture
def video(s3: Any, bucket: str, tmp_path: Path) -> Callable[..., str]:
    """Makes a video with ffmpeg and stores it; its URI."""

    def store(source: list[str], key: str = "in.mp4") -> str:
        file = tmp_path / "made.mp4"
        subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", *source, str(file)], check=True)
        s3.upload_file(str(file), bucket, key)
        return f"s3://{bucket}/{key}"

    return store


@pytest.fixture
def run(local_aws: Any, bucket: str) -> Job:
    """Runs one video job with its results under `out/`."""
    keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1"}
    environment = {**os.environ, **keys, "AWS_ENDPOINT_URL": local_aws.endpoint}

    def start(name: str, source: str, *more: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(JOB), name, "--input", source, "--output", f"s3://{bucket}/out", *more]
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)

    return start


@pytest.fixture
def result(s3: Any, bucket: str) -> Callable[[str], bytes]:
    """Reads one result below `out/`."""
    return lambda name: s3.get_object(Bucket=bucket, Key=f"out/{name}")["Body"].read()


def test_metadata_holds_duration_streams_and_the_number_of_frames(video: Any, run: Job, result: Any) -> None:
    done = run("metadata", video(RED_THEN_BLUE))

    assert done.returncode == 0, done.stderr
    document = json.loads(result("metadata.json"))
    picture, sound = document["streams"]
    assert document["duration_seconds"] == pytest.approx(2, abs=0.1)
    assert (picture["codec"], picture["width"], picture["height"], picture["frames"]) == ("h264", 320, 240, 50)
    assert (sound["kind"], sound["sample_rate"]) == ("audio", 44100)


def test_features_find_the_cut_the_loudness_and_five_pictures(video: Any, run: Job, result: Any) -> None:
    done = run("features", video(RED_THEN_BLUE))

    assert done.returncode == 0, done.stderr
    document = json.loads(result("features.json"))
    assert [cut["seconds"] for cut in document["scene_cuts"]] == [1.0]
    assert -30 < document["loudness"]["integrated_lufs"] < -10
    with av.open(BytesIO(result("thumbnails/5.jpg"))) as picture:
        assert picture.streams.video[0].width == 320
    assert len(document["thumbnails"]) == 5


def test_features_of_one_frame_have_one_picture(video: Any, run: Job, result: Any) -> None:
    done = run("features", video(ONE_FRAME))

    assert done.returncode == 0, done.stderr
    assert len(json.loads(result("features.json"))["thumbnails"]) == 1


@pytest.mark.parametrize("job", [("features",), ("transcode", "--rendition", "480p", "--part", "2")])
def test_sound_that_breaks_off_fails_and_is_not_cut(
    s3: Any, bucket: str, video: Any, run: Job, job: tuple[str, ...]
) -> None:
    uri = video([*RED_THEN_BLUE, "-movflags", "+faststart"])
    assert run("transcode", uri, "--rendition", "480p", "--part", "1").returncode == 0
    whole = s3.get_object(Bucket=bucket, Key="in.mp4")["Body"].read()
    s3.put_object(Bucket=bucket, Key="in.mp4", Body=whole[:-100])

    done = run(job[0], uri, *job[1:])

    assert done.returncode == 1
    assert "Invalid data found when processing input" in done.stderr


@pytest.mark.parametrize(
    ("source", "frames", "size"), [(ONE_FRAME, 1, (640, 480)), (PORTRAIT_OF_ODD_SIZE, 10, (360, 480))]
)
def test_both_halves_of_an_odd_film_are_one_film(
    video: Any, run: Job, result: Any, source: list[str], frames: int, size: tuple[int, int]
) -> None:
    uri = video(source)
    parts = [run("transcode", uri, "--rendition", "480p", "--part", part) for part in ("1", "2")]

    assert [part.returncode for part in parts] == [0, 0], parts
    with av.open(BytesIO(result("480p.mp4"))) as joined:
        assert len([*joined.decode(video=0)]) == frames
        assert (joined.streams.video[0].width, joined.streams.video[0].height) == size


def test_features_of_silence_have_no_loudness_number(video: Any, run: Job, result: Any) -> None:
    done = run("features", video(SILENCE))

    assert done.returncode == 0, done.stderr
    assert json.loads(result("features.json"))["loudness"]["integrated_lufs"] is None


def test_features_of_a_film_without_sound_have_no_loudness(video: Any, run: Job, result: Any) -> None:
    done = run("features", video(SILENT_FILM))

    assert done.returncode == 0, done.stderr
    assert json.loads(result("features.json"))["loudness"] is None


def test_two_parts_make_one_playable_rendition_with_every_frame_and_the_sound(
    video: Any, run: Job, result: Any
) -> None:
    source = video(RED_THEN_BLUE)
    first = run("transcode", source, "--rendition", "480p", "--part", "1")
    second = run("transcode", source, "--rendition", "480p", "--part", "2")

    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    with av.open(BytesIO(result("480p.mp4"))) as joined:
        assert joined.streams.video[0].height == 480
        assert joined.streams.audio[0].codec_context.name == "aac"
        assert joined.duration / av.time_base == pytest.approx(2, abs=0.1)
        reds = [frame.to_ndarray(format="rgb24")[..., 0].mean() for frame in joined.decode(video=0)]
    assert len(reds) == 50
    assert min(reds[:25]) > 200 > 50 > max(reds[25:])


def test_the_second_part_without_the_first_names_what_it_misses(video: Any, run: Job) -> None:
    done = run("transcode", video(SILENT_FILM), "--rendition", "480p", "--part", "2")

    assert done.returncode == 1
    assert "out/parts/480p-1.mp4: An error occurred (404)" in done.stderr


def test_a_file_that_is_no_video_fails_in_ffmpegs_own_words(s3: Any, bucket: str, run: Job) -> None:
    s3.put_object(Bucket=bucket, Key="notes.txt", Body=b"not a video")

    done = run("metadata", f"s3://{bucket}/notes.txt")

    assert done.returncode == 1
    assert f"metadata of s3://{bucket}/notes.txt failed: ffmpeg failed" in done.stderr
    assert "Invalid data found when processing input" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_missing_video_is_named(bucket: str, run: Job) -> None:
    done = run("metadata", f"s3://{bucket}/nothing.mp4")

    assert done.returncode == 1
    assert f"can't read s3://{bucket}/nothing.mp4" in done.stderr


def test_a_key_with_quotes_dots_and_blanks_is_only_a_name(video: Any, run: Job, result: Any) -> None:
    done = run("metadata", video(SILENT_FILM, key="../it's; rm -rf $(x) ü.mp4"))

    assert done.returncode == 0, done.stderr
    assert json.loads(result("metadata.json"))["streams"][0]["frames"] == 10


def test_an_input_that_is_no_s3_uri_is_a_usage_error(run: Job) -> None:
    done = run("metadata", "/etc/passwd")

    assert done.returncode == 2
    assert "'/etc/passwd' is not an S3 URI: write s3://bucket/key" in done.stderr
