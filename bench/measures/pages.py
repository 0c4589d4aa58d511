"""Inbox page and thread over HTTP, beside the same query in SQL alone; and what a long history costs."""

import asyncio
import random
from time import perf_counter
from uuid import UUID

from bench.result import Row, Scale, Series, percentile
from bench.seed import history
from bench.site import Site, load, site
from duologue.conversations import show, store_views
from duologue.kernel.database import Database


def measure(scale: Scale) -> list[Row]:
    found = [_at(size, scale) for size in scale.sizes]
    rows = [row for _, its in zip(scale.sizes, found, strict=True) for row in its]
    if len(found) > 1:
        for small, large in zip(found[0][::2], found[-1][::2], strict=True):
            rows.append(
                Row(
                    path=f"cost of history, {small.path.partition(',')[0]}", unit="ms p50", ours=large.ours,
                    limit=small.ours, limit_is=f"at {scale.sizes[0]:,} messages", better="less", must=1.5, aim=1.1,
                )
            )  # fmt: skip
    return rows


def _at(size: int, scale: Scale) -> list[Row]:
    with site() as place:
        with place.program("up") as program:
            cookie = place.cookie(program)
            place.page(program)
        talks = history(place, size)
        chance = random.Random(size)
        with place.program("up") as program:
            threads = [f"/c/{chance.choice(talks)}" for _ in range(scale.pages)]
            load("pages", port=program.port, cookie=cookie, paths=["/", *threads[:5]])
            inbox = load("pages", port=program.port, cookie=cookie, paths=["/inbox/open"] * scale.pages)["milliseconds"]
            talk = load("pages", port=program.port, cookie=cookie, paths=threads)["milliseconds"]
        sql = asyncio.run(_sql(place, talks, scale, chance))
    return [*_rows("inbox page", size, inbox, sql[0]), *_rows("thread", size, talk, sql[1])]


def _rows(what: str, size: int, milliseconds: list[float], sql: list[float]) -> list[Row]:
    path = f"{what}, {size:,} messages"
    half, most = (Series((percentile(milliseconds, part),)) for part in (0.5, 0.99))
    alone = [Series((percentile(sql, part),)) for part in (0.5, 0.99)]
    return [
        Row(path=path, unit="ms p50", ours=half, limit=alone[0], limit_is="its query alone", better="less"),
        Row(path=path, unit="ms p99", ours=most, limit_is=f"its query alone {alone[1].words()}", must=15, aim=5,
            better="less"),
    ]  # fmt: skip


async def _sql(place: Site, talks: list[UUID], scale: Scale, chance: random.Random) -> tuple[list[float], list[float]]:
    """What the queries of the two pages take by themselves, in milliseconds."""
    ((workspace,),) = place.run("SELECT workspace_id FROM workspace")
    db = Database(place.server.url, most=1)
    await db.open()
    lists: list[float] = []
    threads: list[float] = []
    async with db.workspace(workspace) as tx:
        for number in range(scale.pages + 10):
            begun = perf_counter()
            await tx.ask(store_views.listed(tx, "open", None, None, show.ROWS + 1))
            middle = perf_counter()
            await tx.ask(store_views.thread(tx, chance.choice(talks), None, show.BUBBLES + 1))
            if number >= 10:
                lists.append((middle - begun) * 1000)
                threads.append((perf_counter() - middle) * 1000)
    await db.close()
    return lists, threads
