"""What an exported machine leaves to a job of its own: planning a map, and telling what became of its items.

    python3 -m airstep.maps plan --base s3://bucket/results/dag/task --run-id ID --s3-objects media -- WORK…
    python3 -m airstep.maps finish --base s3://bucket/results/dag/task --run-id ID --tolerated-count 10

Its image needs Python, boto3 and this package without what it depends on: containers/item_runner has all of that.
Exit codes: 0 well, 1 more items failed than are tolerated, 2 wrong usage, 65 the items can't be read.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from airstep.items import S3Csv, S3JsonLines, S3Objects
from airstep.maps.ends import Tolerance, marked_ends
from airstep.maps.json_text import json_text
from airstep.maps.plan import MapPlace, make_plan, read_plan, write_plan
from airstep.maps.quick_listings import with_quick_listings
from airstep.maps.results import ResultsWriter
from airstep.maps.shards import MOST_CHILDREN, read_shard
from airstep.maps.sources import ItemSource
from airstep.maps.succeeded import list_succeeded

EXIT_FAILED, EXIT_UNREADABLE = 1, 65
PATIENT = Config(retries={"total_max_attempts": 30, "mode": "standard"})
"""S3 may be out of reach for three minutes or so: the next try of this job would list all items again."""
ROUND = 1
"""An exported machine has one round: its retries are those of AWS Batch."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Plan a map or finish it; the exit code."""
    options = _parser().parse_args(arguments)
    s3 = with_quick_listings(boto3.client("s3", config=PATIENT))
    place = MapPlace(base=options.base, run=f"{options.base}/runs/{options.run_id}")
    try:
        return int(options.step(options, s3, place))
    except (ValueError, ClientError, BotoCoreError) as error:
        print(f"airstep.maps: {error}", file=sys.stderr)
        return EXIT_UNREADABLE


def plan(options: argparse.Namespace, s3: Any, place: MapPlace) -> int:
    """Write the plan for what has not succeeded yet."""
    made = make_plan(
        s3,
        source_of(options),
        base=place.base,
        work=json_text(options.work),
        children=options.children,
        items_per_child=options.items_per_child,
        progress=lambda count: print(f"{count:,} items read", flush=True),
    )
    write_plan(s3, place.round(ROUND), made)
    print(f"{made.items:,} items, of which {made.done:,} have succeeded before; {len(made.shards)} array jobs")
    return 0


def finish(options: argparse.Namespace, s3: Any, place: MapPlace) -> int:
    """Write what became of all items; 1 when too many failed."""
    made = read_plan(s3, place.round(ROUND))
    if made is None:
        raise ValueError(f"there is no plan in {place.round(ROUND)}")
    succeeded = list_succeeded(s3, place.base)
    writer = ResultsWriter(s3, place.run, run=options.run_id)
    for shard in (*made.done_shards, *made.shards):
        for end in marked_ends(s3, place.base, read_shard(s3, shard), succeeded.__contains__):
            writer.add(end)
    summary = writer.finish()
    writer.keep(summary)
    print(json.dumps(summary.to_json(), indent=2))
    tolerance = Tolerance(percentage=options.tolerated_percentage, count=options.tolerated_count)
    if not summary.pending and summary.failed <= tolerance.most(summary.items):
        return 0
    print(
        f"{summary.failed:,} items failed, {summary.pending:,} were not begun; tolerated: {tolerance}", file=sys.stderr
    )
    for failure in summary.failures:
        print(f"  {failure}", file=sys.stderr)
    return EXIT_FAILED


def source_of(options: argparse.Namespace) -> ItemSource:
    """The items that the command line names.

    :raises ValueError: the list is none.
    """
    most = options.max_items
    if options.s3_objects is not None:
        return S3Objects(options.s3_objects, options.prefix, options.suffix, most)
    if options.s3_json_lines is not None:
        return S3JsonLines(options.s3_json_lines, most)
    if options.s3_csv is not None:
        return S3Csv(options.s3_csv, options.header or None, options.delimiter, most)
    items = json.loads(options.list)
    if not isinstance(items, list):
        raise ValueError(f"the items must be a list, not {options.list[:200]}")
    return items


def _parser() -> argparse.ArgumentParser:
    # argparse, as the image is to hold nothing but boto3.
    parser = argparse.ArgumentParser(prog="python3 -m airstep.maps", description=(__doc__ or "").splitlines()[0])
    steps = parser.add_subparsers(required=True, metavar="STEP")
    planning = steps.add_parser("plan", help="write what is to be done to S3")
    planning.set_defaults(step=plan)
    _add_place(planning)
    planning.add_argument("--children", type=int, default=MOST_CHILDREN, help="of an array job (default: %(default)s)")
    planning.add_argument("--items-per-child", type=int, default=1, help="default: %(default)s")
    source = planning.add_mutually_exclusive_group(required=True)
    source.add_argument("--list", metavar="JSON", help="the items as a JSON list")
    source.add_argument("--s3-objects", metavar="BUCKET", help="the objects of a bucket, with --prefix and --suffix")
    source.add_argument("--s3-json-lines", metavar="URI", help="the lines of an object")
    source.add_argument("--s3-csv", metavar="URI", help="the rows of an object, with --delimiter and --header")
    planning.add_argument("--prefix", default="")
    planning.add_argument("--suffix", default="")
    planning.add_argument("--delimiter", default=",")
    planning.add_argument("--header", action="append", help="a column's name, as often as there are columns")
    planning.add_argument("--max-items", help="only so many, the first ones")
    planning.add_argument("work", nargs="*", help="what is done to each item: other work on an item is not done yet")
    ending = steps.add_parser("finish", help="write what became of the items to S3")
    ending.set_defaults(step=finish)
    _add_place(ending)
    ending.add_argument("--tolerated-count", type=int, help="items that may fail")
    ending.add_argument("--tolerated-percentage", type=float, help="of a hundred items, how many may fail")
    return parser


def _add_place(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--base", required=True, metavar="URI", help="where the map lies, s3://bucket/prefix")
    parser.add_argument("--run-id", required=True, help="names the run, beside others of the same map")


if __name__ == "__main__":
    sys.exit(main())
