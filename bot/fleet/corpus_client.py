"""Files too large for one machine, handed out to workers; see `bot.fleet.corpus_jobs`."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, suppress
from typing import TYPE_CHECKING

from bot.fleet.corpus_jobs import CorpusReader, chunks_of
from bot.fleet.member import membership, shared_store
from bot.fleet.queue import CONNECTIONS, CORPUS, open_queue
from summaries.articles.batch import as_text, unpack
from summaries.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from bot.config import Settings
    from summaries.model import Length

LEAVE_S = 5.0


def answered_by_workers(
    settings: Settings, lines: Iterable[bytes], length: Length, method: str, say: Callable[[str], None]
) -> Iterator[str]:
    """What workers make of each line, in order. Lines are read only as fast as they are done.

    Raises:
        BadSetting: a setting is missing or wrong.
        StoreError: the database can't be used, and waiting would not help.
    """
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        try:
            reader = runner.run(open_reader(stack, settings, length, method, say))
            for chunk in chunks_of(lines):
                runner.run(reader.put(chunk))
                yield from texts(runner.run(reader.ready()))
                while not reader.has_room:
                    yield from texts(runner.run(reader.next()))
            while not reader.is_done:
                yield from texts(runner.run(reader.next()))
        finally:
            runner.run(stack.aclose())


def texts(answers: Iterable[bytes]) -> Iterator[str]:
    """The answers, one by one, without their line breaks."""
    return (as_text(line).removesuffix("\n") for packed in answers for line in unpack(packed))


async def open_reader(
    stack: AsyncExitStack, settings: Settings, length: Length, method: str, say: Callable[[str], None]
) -> CorpusReader:
    """What hands chunks out, open until the stack is closed."""
    joins = membership("summarize", more_connections=CONNECTIONS)
    fleet = await stack.enter_async_context(shared_store(settings, joins))
    queue, _ = await stack.enter_async_context(open_queue(settings.database_url, lambda: None))
    reader = CorpusReader(
        fleet.corpus,
        fleet.members,
        queue.summarise,
        queue=CORPUS,
        length=length,
        method=method,
        say=say,
        sleep=asyncio.sleep,
    )
    stack.push_async_callback(leave, reader)
    return reader


async def leave(reader: CorpusReader) -> None:
    """Let workers do no more of it, whether all came back or the command was told to stop. Where that can't be said
    now, they find it out."""
    with suppress(StoreError, TimeoutError):
        async with asyncio.timeout(LEAVE_S):
            await reader.end()
