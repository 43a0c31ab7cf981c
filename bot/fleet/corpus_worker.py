"""The part of a worker that summarises chunks of files, beside the bot's jobs or alone."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager, nullcontext
from functools import partial
from typing import TYPE_CHECKING

from bot.fleet.corpus_jobs import UNWANTED_FOR, CorpusWork
from bot.fleet.member import membership, shared_store
from bot.fleet.queue import CONNECTIONS, CORPUS, LISTENERS, corpus_shift, open_queue, work_off
from bot.runtime.clock import utc_now
from bot.runtime.health import OF_QUEUE
from bot.runtime.metrics import QUEUE
from bot.runtime.shutdown import told_to_stop
from bot.web.routes import make_watch, serving, watching_sites
from summaries.errors import StoreError
from summaries.workers.pools import WorkerPool

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from procrastinate import App as Procrastinate

    from bot.config import Settings
    from bot.fleet.queue import Queue, Shift
    from summaries.ports import CorpusStore

log = logging.getLogger(__name__)

# Its processes leave the processor to whatever people wait for.
NICENESS = 10
# Nobody waits, and on a machine that has much else to do a chunk may take long.
LONGEST_S = 120.0
MAX_CPU_S = 60
IDLE_S = 60.0
LOOK_EVERY_S = 10.0


@asynccontextmanager
async def open_corpus_shift(procrastinate: Procrastinate, store: CorpusStore) -> AsyncIterator[Shift]:
    """What works on chunks, with processes of its own."""
    # The processes start with the first chunk and stop a minute after the last.
    pool = WorkerPool(max_cpu_s=MAX_CPU_S, max_wall_s=LONGEST_S, idle_s=IDLE_S, niceness=NICENESS)
    try:
        # One more than there are processes, so that none waits for the database.
        yield corpus_shift(procrastinate, CorpusWork(store, pool), pool.processes + 1)
    finally:
        await pool.close()


async def run_corpus_worker(settings: Settings) -> None:
    """Summarise chunks, and nothing else, until SIGTERM or SIGINT: without a token, and without Telegram.

    Raises:
        BadSetting: a setting is missing or wrong.
        StoreError: the database can't be used.
    """
    stop = told_to_stop()
    watch = make_watch(settings, settings.http_listen)
    joins = membership("worker", (CORPUS,), more_connections=CONNECTIONS + LISTENERS)
    async with (
        shared_store(settings, joins) as fleet,
        open_queue(settings.database_url, partial(watch.pulse.beat, QUEUE)) as (queue, procrastinate),
    ):
        sites = watching_sites(fleet.store.figures, utc_now, watch, settings.http_listen, (OF_QUEUE,))
        async with (
            serving(settings)(sites) if sites else nullcontext(),
            open_corpus_shift(procrastinate, fleet.corpus) as shift,
        ):
            log.info("working on files")
            looking = asyncio.create_task(look_after(queue, fleet.corpus), name="look after files")
            try:
                await work_off([shift], stop, partial(asyncio.sleep, 0), watch.pulse.beat)
            finally:
                looking.cancel()
                await asyncio.gather(looking, return_exceptions=True)


async def look_after(queue: Queue, store: CorpusStore) -> None:
    """Now and then take over what dead workers were at, and forget what nobody wants: there may be no other worker that
    does."""
    while True:
        await asyncio.sleep(LOOK_EVERY_S)
        try:
            await queue.take_over()
            await store.forget(unwanted_for=UNWANTED_FOR)
        except StoreError as error:
            log.warning("what was left can't be looked after for now: %s", error)
