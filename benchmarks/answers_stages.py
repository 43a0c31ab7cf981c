"""What the answer to a page that nobody has asked for before consists of: each stage by itself."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from statistics import median
from typing import TYPE_CHECKING

from summaries.articles.prepare import STORED_LENGTHS
from summaries.fetch.articles import read_with_variants
from summaries.fetch.client.http import GuardedFetcher
from summaries.model import Origin
from summaries.storage import open_store
from summaries.summarizer import summarize_each

if TYPE_CHECKING:
    from pathlib import Path

FETCH, READ, SUMMARIZE, STORE = "to fetch the page", "to read it", "to summarise it in three lengths", "to store it"


async def page_stages_ms(site_url: str, database: Path, rounds: int) -> dict[str, float]:
    """Medians in milliseconds on the clock, over new pages of the site, in this process.

    Raises SystemExit where a page holds no article."""
    store = await open_store(f"sqlite:///{database}")
    times: dict[str, list[float]] = {stage: [] for stage in (FETCH, READ, SUMMARIZE, STORE)}
    try:
        async with GuardedFetcher(allow_private_addresses=True) as fetcher:
            # What is loaded with the first page is not what a page costs.
            for number in range(rounds + 1):
                moments = [time.perf_counter()]
                page = await fetcher.fetch(f"{site_url}/tahap/{number}")
                moments.append(time.perf_counter())
                article = read_with_variants(
                    page.body, page.url, media_type=page.media_type, charset=page.charset
                ).article
                if article is None:
                    raise SystemExit(f"{page.url} holds no article")
                moments.append(time.perf_counter())
                summaries = summarize_each(article, STORED_LENGTHS)
                moments.append(time.perf_counter())
                await store.articles.put(article, summaries, origin=Origin.CHAT, now=datetime.now(UTC))
                moments.append(time.perf_counter())
                for taken, began, ended in zip(times.values(), moments, moments[1:], strict=False):
                    taken.append(1000 * (ended - began))
    finally:
        await store.close()
    return {stage: median(taken[1:]) for stage, taken in times.items()}
