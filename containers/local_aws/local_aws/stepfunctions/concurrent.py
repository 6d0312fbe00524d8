"""Several branches at once: all results in order, or the first failure with the rest cancelled."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Any, TypeVar

Item = TypeVar("Item")


async def run_bounded(items: Sequence[Item], work: Callable[[int, Item], Awaitable[Any]], *, limit: int) -> list[Any]:
    """The results of `work(index, item)` in the items' order, at most `limit` at a time.

    The first failure cancels whatever still runs, waits until that has ended, and is raised.
    """
    results: list[Any] = [None] * len(items)
    left: Iterator[tuple[int, Item]] = iter(enumerate(items))

    async def worker() -> None:
        for index, item in left:
            results[index] = await work(index, item)

    workers = [asyncio.ensure_future(worker()) for _ in range(min(limit, len(items)))]
    try:
        await asyncio.gather(*workers)
    finally:
        for task in workers:
            task.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
    return results
