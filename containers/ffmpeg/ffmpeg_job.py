"""The video jobs: read a video's metadata, extract its features, encode one half of a rendition.

Runs as a container's entry point or as a plain process; reads its input from S3 and writes its results there. A failed
job ends with exit code 1 and a last line that says why, in ffmpeg's own words where ffmpeg is the one that said no.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import av
import boto3
import imageio_ffmpeg
from botocore.exceptions import BotoCoreError, ClientError

HEIGHTS = {"4k": 2160, "1080p": 1080, "720p": 720, "480p": 480}
SCENE_CHANGE = 0.3  # of 0 to 1: how different two frames must be to count as a cut
THUMBNAILS, THUMBNAIL_PIXELS = 5, 320
THREADS = "2"  # the job's vCPUs: ffmpeg would otherwise take every core of the host
ENCODING = ["-c:v", "libx264", "-preset", "veryfast", "-crf", "23", "-pix_fmt", "yuv420p", "-threads", THREADS]


class JobError(Exception):
    """The job can't be done; the message says why."""


@dataclass(frozen=True, slots=True)
class S3Uri:
    """An object or a prefix, `s3://bucket/key`."""

    bucket: str
    key: str

    @classmethod
    def parse(cls, text: str) -> S3Uri:
        """The bucket and key of an `s3://` URI."""
        parts = urlsplit(text)
        if parts.scheme != "s3" or not parts.netloc:
            raise argparse.ArgumentTypeError(f"{text!r} is not an S3 URI: write s3://bucket/key")
        return cls(parts.netloc, parts.path.strip("/"))

    def __truediv__(self, name: str) -> S3Uri:
        return S3Uri(self.bucket, f"{self.key}/{name}".lstrip("/"))

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.key}"


def metadata(input: S3Uri, output: S3Uri, scratch: Path) -> None:
    """Write `metadata.json`: format, duration in seconds, and each stream's codec, size or rate, and frames."""
    video = download(input, scratch)
    probe(video)
    with av.open(str(video)) as container:
        # The header's frame count is 0 or wrong in many files; the packets are the truth.
        frames = [0] * len(container.streams)
        for packet in container.demux():
            frames[packet.stream.index] += packet.size > 0
        streams = [{**describe(stream), "frames": frames[stream.index]} for stream in container.streams]
        upload_json(
            {
                "source": str(input),
                "format": container.format.name,
                "duration_seconds": seconds(container),
                "size_bytes": video.stat().st_size,
                "bit_rate": container.bit_rate,
                "streams": streams,
            },
            output / "metadata.json",
        )


def features(input: S3Uri, output: S3Uri, scratch: Path) -> None:
    """Write `features.json` (scene cuts in seconds, loudness in LUFS) and thumbnails spread over the video."""
    video = download(input, scratch)
    probe(video)
    with av.open(str(video)) as container:
        has_audio = bool(container.streams.audio)
    upload_json(
        {
            "source": str(input),
            "scene_cuts": scene_cuts(video),
            "loudness": loudness(video) if has_audio else None,
            "thumbnails": [
                str(upload(picture, output / "thumbnails" / picture.name)) for picture in thumbnails(video, scratch)
            ],
        },
        output / "features.json",
    )


def transcode(input: S3Uri, output: S3Uri, scratch: Path, *, rendition: str, part: int) -> None:
    """Encode the first half of a rendition (part 1), or the rest, and join both halves into one file (part 2)."""
    video = download(input, scratch)
    probe(video)
    frames = count_frames(video)
    half = (frames + 1) // 2
    first = output / "parts" / f"{rendition}-1.mp4"
    if part == 1:
        upload(encode(video, scratch / "1.mp4", rendition, f"trim=end_frame={half}"), first)
        return
    halves = [download(first, scratch)]
    if half < frames:  # a film of one frame has no second half, and ffmpeg joins nothing that is empty
        halves.append(encode(video, scratch / "2.mp4", rendition, f"trim=start_frame={half}"))
    joined = join(halves, audio=video, target=scratch / f"{rendition}.mp4")
    upload(joined, output / f"{rendition}.mp4")


def probe(video: Path) -> None:
    """Let ffmpeg decode one frame, so that a broken file fails first, in ffmpeg's words.

    :raises JobError: when ffmpeg can't read the file or it holds no video.
    """
    ffmpeg("-i", str(video), "-map", "0:v:0", "-frames:v", "1", "-f", "null", "-")


def count_frames(video: Path) -> int:
    """How many frames the first video stream holds."""
    with av.open(str(video)) as container:
        return sum(packet.size > 0 for packet in container.demux(container.streams.video[0]))


def encode(video: Path, target: Path, rendition: str, trim: str) -> Path:
    """Encode a range of frames at a rendition's height, without sound: sound cut in two would click at the joint."""
    filters = f"{trim},setpts=PTS-STARTPTS,scale=-2:{HEIGHTS[rendition]}"
    ffmpeg("-xerror", "-threads", THREADS, "-i", str(video), "-map", "0:v:0", "-vf", filters, *ENCODING, str(target))
    return target


def join(halves: Sequence[Path], *, audio: Path, target: Path) -> Path:
    """Put the halves one after another, without encoding them again, and add the whole sound."""
    playlist = target.with_suffix(".txt")
    playlist.write_text("".join(f"file '{half}'\n" for half in halves))
    inputs = ["-f", "concat", "-safe", "0", "-i", str(playlist), "-i", str(audio)]
    streams = ["-map", "0:v", "-map", "1:a?", "-c:v", "copy", "-c:a", "aac"]
    ffmpeg("-xerror", *inputs, *streams, "-movflags", "+faststart", str(target))
    return target


def scene_cuts(video: Path) -> list[dict[str, float]]:
    """Where the picture changes at once: time in seconds and how much, from 0 to 1."""
    said = ffmpeg(
        "-i", str(video), "-an", "-vf", f"select='gt(scene,{SCENE_CHANGE})',metadata=print:file=-", "-f", "null", "-"
    )
    times = re.findall(r"pts_time:([\d.]+)", said.stdout)
    scores = re.findall(r"lavfi\.scene_score=([\d.]+)", said.stdout)
    return [{"seconds": float(time), "score": float(score)} for time, score in zip(times, scores, strict=True)]


def loudness(video: Path) -> dict[str, float | None]:
    """Integrated loudness (LUFS), range (LU) and true peak (dBTP) by EBU R 128; None where the sound is silence."""
    said = ffmpeg(
        "-xerror", "-i", str(video), "-vn", "-af", "loudnorm=print_format=json", "-f", "null", "-", loglevel="info"
    )
    measured = json.loads(said.stderr[said.stderr.rindex("{") : said.stderr.rindex("}") + 1])
    names = {"integrated_lufs": "input_i", "range_lu": "input_lra", "true_peak_dbtp": "input_tp"}
    # Silence measures as -inf, which JSON can't say.
    return {ours: finite(float(measured[theirs])) for ours, theirs in names.items()}


def thumbnails(video: Path, scratch: Path) -> list[Path]:
    """JPEG pictures that fit in a square of 320 pixels, from the middle of five equal parts; fewer of fewer frames."""
    frames = count_frames(video)
    chosen = {frames * (2 * part + 1) // (2 * THUMBNAILS) for part in range(THUMBNAILS)}
    # By number, not by seconds: a place near the end may have no frame after it that a jump can reach.
    select = "+".join(f"eq(n,{number})" for number in sorted(chosen))
    filters = f"select='{select}',scale={THUMBNAIL_PIXELS}:{THUMBNAIL_PIXELS}:force_original_aspect_ratio=decrease"
    pictures = ["-fps_mode", "passthrough", str(scratch / "%d.jpg")]
    ffmpeg("-xerror", "-i", str(video), "-map", "0:v:0", "-vf", filters, *pictures)
    return sorted(scratch.glob("*.jpg"))


def ffmpeg(*arguments: str, loglevel: str = "error") -> subprocess.CompletedProcess[str]:
    """Run ffmpeg.

    :raises JobError: with what ffmpeg said was wrong, when it fails.
    """
    try:
        program = shutil.which("ffmpeg") or imageio_ffmpeg.get_ffmpeg_exe()
    except RuntimeError as error:
        raise JobError("no ffmpeg: install it, or the package imageio-ffmpeg that brings one") from error
    command = [program, "-hide_banner", "-nostdin", "-y", "-loglevel", f"level+{loglevel}", *arguments]
    print("ffmpeg", *arguments, flush=True)
    said = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    if said.returncode:
        raise JobError(f"ffmpeg failed with exit code {said.returncode}:\n{complaints(said.stderr)}")
    return said


def complaints(said: str) -> str:
    """The errors among the lines that ffmpeg printed, each marked with its level; all lines where none is one."""
    errors = [line for line in said.splitlines() if re.search(r"\[(error|fatal|panic)\] ", line)]
    return re.sub(r"\[(error|fatal|panic)\] ", "", "\n".join(errors)) or said.strip()


def describe(stream: Any) -> dict[str, Any]:
    """What a stream is: its kind, codec, and picture size and rate or sample rate and channels."""
    codec = stream.codec_context
    common = {"kind": stream.type, "codec": codec.name if codec else None}
    match stream.type:
        case "video":
            rate = stream.average_rate
            return {**common, "width": codec.width, "height": codec.height, "frame_rate": float(rate) if rate else None}
        case "audio":
            return {**common, "sample_rate": codec.sample_rate, "channels": codec.channels}
        case _:
            return common


def seconds(container: Any) -> float:
    """A container's duration in seconds; 0 where it doesn't say."""
    duration: int = container.duration or 0
    return round(duration / int(av.time_base), 3)


def finite(number: float) -> float | None:
    """The number, or None for an infinity."""
    return number if abs(number) != float("inf") else None


def download(uri: S3Uri, folder: Path) -> Path:
    """Fetch an object into the folder, under a name of our own: a key is not to be trusted as a path.

    :raises JobError: when there is no such object, or no leave to read it.
    """
    target = Path(tempfile.mkdtemp(dir=folder)) / "object"
    print(f"reading {uri}", flush=True)
    try:
        boto3.client("s3").download_file(uri.bucket, uri.key, str(target))
    except ClientError as error:
        raise JobError(f"can't read {uri}: {error}") from error
    return target


def upload(file: Path, uri: S3Uri) -> S3Uri:
    """Store a file as an object."""
    boto3.client("s3").upload_file(str(file), uri.bucket, uri.key)
    print(f"wrote {uri} ({file.stat().st_size:,} bytes)", flush=True)
    return uri


def upload_json(document: dict[str, Any], uri: S3Uri) -> None:
    """Store a JSON document as an object."""
    text = json.dumps(document, indent=2) + "\n"
    boto3.client("s3").put_object(Bucket=uri.bucket, Key=uri.key, Body=text.encode(), ContentType="application/json")
    print(f"wrote {uri}\n{text}", end="", flush=True)


def arguments() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(prog="ffmpeg_job", description=__doc__)
    jobs = parser.add_subparsers(required=True, metavar="JOB")
    job: Callable[..., None]
    for job in (metadata, features, transcode):
        command = jobs.add_parser(job.__name__, help=job.__doc__, description=job.__doc__)
        command.set_defaults(job=job)
        command.add_argument("--input", type=S3Uri.parse, required=True, help="the video, s3://bucket/key")
        command.add_argument("--output", type=S3Uri.parse, required=True, help="where results go, s3://bucket/prefix")
        if job is transcode:
            command.add_argument("--rendition", choices=HEIGHTS, required=True)
            command.add_argument("--part", type=int, choices=(1, 2), required=True)
    return parser


def main() -> int:
    """Do the job that the command line names; 0, or 1 with a last line that says why."""
    chosen = vars(arguments().parse_args())
    job = chosen.pop("job")
    with tempfile.TemporaryDirectory() as scratch:
        try:
            job(scratch=Path(scratch), **chosen)
        except (JobError, av.FFmpegError, BotoCoreError, ClientError) as error:
            print(f"{job.__name__} of {chosen['input']} failed: {error}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
