"""Planning a map: where its items come from, how they are cut, what is left out."""

import gzip
import hashlib
import json
import re
from typing import Any

import pytest

from airstep.items import S3Csv, S3JsonLines, S3Objects
from airstep.maps.plan import MapPlace, Plan, make_plan, read_plan, write_plan
from airstep.maps.shards import read_shard
from airstep.maps.sizes import ShardSize
from airstep.maps.sources import ItemSource, found_items, source_from_json, source_to_json
from airstep.maps.succeeded import Succeeded, list_succeeded
from tests.unit.airstep.fake_s3 import FakeS3

BASE = "s3://b/results/d/t"


def s3_with(**objects: bytes) -> FakeS3:
    made = FakeS3()
    made.objects = {("b", name.replace("__", "/")): body for name, body in objects.items()}
    return made


def values(source: ItemSource, s3: FakeS3 | None = None) -> list[Any]:
    return [found.value for found in found_items(source, s3 or FakeS3())]


def plan_of(s3: FakeS3, source: ItemSource, *, children: int = 10_000, work: str = "w", **more: Any) -> Plan:
    return make_plan(s3, source, base=BASE, work=work, children=children, **more)


def items_in(s3: FakeS3, plan: Plan) -> list[list[Any]]:
    """The values of each child's items."""
    return [[each.value for each in child] for shard in plan.shards for child in read_shard(s3, shard)]


def mark(s3: FakeS3, plan: Plan, *children: int) -> None:
    """Let children of a plan's first shard have succeeded."""
    for index in children:
        for each in read_shard(s3, plan.shards[0])[index]:
            s3.put_object(Bucket="b", Key=f"results/d/t/succeeded/{each.id}", Body=b"{}")


# -- items -------------------------------------------------------------------------------------------------------------


def test_objects_are_those_of_the_prefix_with_the_suffix_over_all_pages() -> None:
    s3 = s3_with(**{f"in__{number}.wav": b"x" * number for number in range(7)}, in__note=b"", out__1=b"")
    found = values(S3Objects("b", "in/", ".wav"), s3)
    assert [each["Key"] for each in found] == [f"in/{number}.wav" for number in range(7)]
    assert found[3] == {
        "Etag": f'"{hashlib.md5(b"xxx").hexdigest()}"',
        "Key": "in/3.wav",
        "LastModified": 1773057600,
        "Size": 3,
        "StorageClass": "STANDARD",
    }
    assert len(values(S3Objects("b", "in/", ".wav", "2"), s3)) == 2


def test_lines_are_json_values_gzipped_or_not() -> None:
    text = b'\xef\xbb\xbf{"a": "\xc3\xa9"}\n\n[1]\r\n"x"'
    expected = [{"a": "é"}, [1], "x"]
    assert values(S3JsonLines("s3://b/plain"), s3_with(plain=text)) == expected
    assert values(S3JsonLines("s3://b/packed"), s3_with(packed=gzip.compress(text))) == expected
    assert values(S3JsonLines("s3://b/plain", max_items=1), s3_with(plain=text)) == expected[:1]


def test_rows_have_the_names_of_the_first_row_or_those_given() -> None:
    s3 = s3_with(rows=b'name,size\n"a, b",1\n\nc,"2\n3"\n')
    assert values(S3Csv("s3://b/rows"), s3) == [{"name": "a, b", "size": "1"}, {"name": "c", "size": "2\n3"}]
    tabbed = s3_with(rows=b"a\t1\nb\t2\n")
    assert values(S3Csv("s3://b/rows", ["n", "s"], "\t", 1), tabbed) == [{"n": "a", "s": "1"}]


@pytest.mark.parametrize(
    ("source", "why"),
    [
        (S3JsonLines("s3://b/bad"), "s3://b/bad: line 2 is no JSON"),
        (S3JsonLines("s3://b/latin"), "s3://b/latin is not text in UTF-8"),
        (S3JsonLines("b/bad"), "uri must be s3://bucket/key"),
        (S3Csv("s3://b/bad", delimiter=":"), "delimiter must be one of"),
        (S3Objects("b", max_items="none"), "max_items must be a whole number above 0, not 'none'"),
        (S3Objects("b", max_items=0), "max_items must be a whole number above 0, not 0"),
        ("[1, 2]", "items must be a list or an S3 source, not the text"),
    ],
)
def test_what_is_wrong_with_items_is_said_in_a_sentence(source: Any, why: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(why)}"):
        values(source, s3_with(bad=b"1\n{\n", latin=b'"\xe9"\n'))


@pytest.mark.parametrize(
    "source", [[1, {"a": None}], S3Objects("b", "p"), S3JsonLines("s3://b/k", 3), S3Csv("s3://b/k", ["a"], ";")]
)
def test_a_source_survives_json(source: ItemSource) -> None:
    assert source_from_json(json.loads(json.dumps(source_to_json(source)))) == source


# -- shards ------------------------------------------------------------------------------------------------------------


def test_items_are_cut_into_shards_and_children() -> None:
    s3 = FakeS3()
    plan = plan_of(s3, list(range(8)), children=2, items_per_child=3)
    assert [(shard.children, shard.items) for shard in plan.shards] == [(2, 6), (1, 2)]
    assert items_in(s3, plan) == [[0, 1, 2], [3, 4, 5], [6, 7]]
    assert (plan.items, plan.done) == (8, 0)


def test_a_shard_is_named_after_its_content_and_checked_when_it_is_read() -> None:
    s3 = FakeS3()
    (shard,) = plan_of(s3, ["a"]).shards
    (key,) = [key for _, key in s3.objects]
    assert shard.uri == f"s3://b/{key}" == f"{BASE}/shards/{hashlib.sha256(s3.objects['b', key]).hexdigest()}.jsonl"
    s3.objects["b", key] += b" "
    with pytest.raises(ValueError, match="is damaged"):
        read_shard(s3, shard)


def test_the_same_items_and_work_give_the_same_shards_and_other_work_others() -> None:
    s3 = FakeS3()
    assert plan_of(s3, [1, 2]) == plan_of(s3, [1, 2]) != plan_of(s3, [1, 2], work="other")


def test_equal_items_of_a_list_are_items_each() -> None:
    s3 = FakeS3()
    ids = [each.id for child in read_shard(s3, plan_of(s3, ["a", "b", "a"]).shards[0]) for each in child]
    assert len(set(ids)) == 3


def test_without_items_there_is_no_shard() -> None:
    assert plan_of(FakeS3(), []) == Plan(items=0, done=0, shards=())


@pytest.mark.parametrize(
    ("is_array", "most", "children", "at_once"),
    [
        (True, None, 10_000, None), (True, 5_000, 1_250, 4), (True, 100_000, 10_000, 10), (True, 7, 1, 7),
        (True, 1, 1, 1), (False, None, 100, None), (False, 5_000, 100, 50), (False, 6, 1, 6), (False, 10, 2, 5),
    ],
)  # fmt: skip
def test_no_more_children_than_asked_for_are_there_at_once(
    is_array: bool, most: int | None, children: int, at_once: int | None
) -> None:
    size = ShardSize.of(is_array=is_array, max_concurrency=most)
    assert (size.children, size.at_once) == (children, at_once)


# -- what has succeeded ------------------------------------------------------------------------------------------------


def test_what_has_succeeded_is_left_out_and_the_rest_packed_anew() -> None:
    s3 = FakeS3()
    mark(s3, plan_of(s3, list(range(6))), 0, 2, 3)
    plan = plan_of(s3, list(range(6)), items_per_child=2)
    assert items_in(s3, plan) == [[1, 4], [5]]
    assert (plan.items, plan.done, sum(shard.items for shard in plan.done_shards)) == (6, 3, 3)


def test_a_changed_object_is_done_again_and_one_that_is_only_newer_is_not() -> None:
    s3 = s3_with(in__a=b"1", in__b=b"2", in__c=b"3")
    source = S3Objects("b", "in/")
    mark(s3, plan_of(s3, source), 0, 1, 2)
    s3.objects["b", "in/b"] = b"4"
    assert [child[0]["Key"] for child in items_in(s3, plan_of(s3, source))] == ["in/b"]


def test_succeeded_ids_are_found_by_halving() -> None:
    ids = [hashlib.sha256(bytes([number])).hexdigest()[:32] for number in range(200)]
    s3 = FakeS3(page=7)
    for each in ids[::2]:
        s3.put_object(Bucket="b", Key=f"results/d/t/succeeded/{each}", Body=b"{}")
    s3.put_object(Bucket="b", Key="results/d/t/succeeded/stray", Body=b"")
    found = list_succeeded(s3, BASE)
    assert len(found) == 100
    assert [each in found for each in ids] == [True, False] * 100
    assert ids[0] not in Succeeded()


# -- the plan's place --------------------------------------------------------------------------------------------------


def test_a_plan_is_kept_in_a_round_and_its_shards_beside_it() -> None:
    s3, place = FakeS3(), MapPlace.of("s3://b/results//", "d", "run 1", "t", 3)
    assert (place.base, place.round(2)) == ("s3://b/results/d/t/3", "s3://b/results/d/t/3/runs/run 1/2")
    plan = plan_of(s3, [1, 2, 3], children=2)
    assert read_plan(s3, place.round(1)) is None
    write_plan(s3, place.round(1), plan)
    assert read_plan(s3, place.round(1)) == plan
    shards = json.loads(s3.objects["b", "results/d/t/3/runs/run 1/1/shards.json"])
    assert [each["children"] for each in shards] == [2, 1]
