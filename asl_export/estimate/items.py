"""How many items the maps of a DAG have: what the DAG says, and for the others what the command line says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from asl_export.ir.graph import BatchMapNode, FlowGraph, MapNode, nodes_of


class ItemsError(ValueError):
    """Numbers of items that are none, or don't fit the DAG; the message is a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MapItems:
    """What a DAG says of the number of a map's items: exactly `count`, `most` of them, or (None) nothing."""

    id: str
    count: int | None
    most: int | None = None


def maps_of_dag(graph: FlowGraph) -> tuple[MapItems, ...]:
    """The maps of a DAG, in its order."""
    found: list[MapItems] = []
    for node in nodes_of(graph.region):
        match node:
            case BatchMapNode():
                found.append(MapItems(id=node.id, count=node.count, most=node.most_items))
            case MapNode():
                found.append(MapItems(id=node.id, count=node.count))
            case _:
                pass
    return tuple(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenItems:
    """Numbers of items as the command line gives them: for a map by its id, and for all others."""

    by_map: Mapping[str, int]
    others: int | None = None

    @classmethod
    def parse(cls, given: Sequence[str]) -> GivenItems:
        """The numbers in texts such as "3000000" or "convert=3000000".

        :raises ItemsError: a text is none of that; the message is a sentence.
        """
        by_map: dict[str, int] = {}
        others: int | None = None
        for text in given:
            name, equals, number = text.rpartition("=")
            if not number.isascii() or not number.replace("_", "").isdecimal() or int(number) < 1:
                raise ItemsError(f"{text!r} must be a whole number above 0, or TASK_ID=NUMBER")
            if equals and name in by_map:
                raise ItemsError(f"{name!r} is given twice")
            if not equals and others is not None:
                raise ItemsError(
                    f"{others} and {number} are both for all maps: give one, or name the map as TASK_ID=NUMBER"
                )
            if equals:
                by_map[name] = int(number)
            else:
                others = int(number)
        return cls(by_map=by_map, others=others)

    def counts(self, maps: Sequence[MapItems]) -> Mapping[str, int]:
        """How many items each map has.

        :raises ItemsError: a map is named that isn't there or whose number the DAG says, or nobody says a number.
        """
        for name in self.by_map:
            found = next((mapped for mapped in maps if mapped.id == name), None)
            if found is None:
                known = ", ".join(mapped.id for mapped in maps) or "none"
                raise ItemsError(f"the DAG has no map {name!r}; its maps: {known}")
            if found.count is not None:
                raise ItemsError(f"the DAG itself says that {name!r} has {found.count:,} items")
        if self.others is not None and all(mapped.count is not None for mapped in maps):
            raise ItemsError(
                "the DAG itself says how many items each of its maps has" if maps else "the DAG has no maps"
            )
        counts = {mapped.id: self._count(mapped) for mapped in maps}
        if missing := [name for name, count in counts.items() if count is None]:
            raise ItemsError(f"how many items has {missing[0]!r}? Only the run knows; give a number, such as 1000")
        return {name: count for name, count in counts.items() if count is not None}

    def _count(self, mapped: MapItems) -> int | None:
        if mapped.count is not None:
            return mapped.count
        known = [number for number in (self.by_map.get(mapped.id, self.others), mapped.most) if number is not None]
        return min(known, default=None)
