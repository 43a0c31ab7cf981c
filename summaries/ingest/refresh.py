"""Refresh the news: check sources, then read, summarise and store new articles.

A broken feed or page does not affect others; the outcome of each source is reported and recorded. `poll_schedule`
decides when a source is checked next.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from http import HTTPStatus

from summaries.errors import FetchError, InputError, PermanentFetchError, StoreError
from summaries.ingest import poll_schedule
from summaries.ingest.article_writer import ArticleWriter
from summaries.ingest.editions import EVERYTHING, Edition
from summaries.ingest.entries import EntryReader, EntryResult
from summaries.ingest.failover import Reading, is_unchanged, note_document, read_first, read_new_entries
from summaries.ingest.known_entries import Times
from summaries.ingest.politeness import HostBackoff
from summaries.ingest.poll_schedule import MIN_INTERVAL
from summaries.model import CHECK_LEASE, PollState, Source, StoredSource
from summaries.ports import ArticleStore, Clock, Fetcher, Offload, SourceStore

log = logging.getLogger(__name__)

MAX_CONCURRENT_SOURCES = 24
CLAIM_LIMIT = 200


@dataclass(frozen=True, slots=True)
class SourceReport:
    """The outcome of a pass for one source.

    `added` counts new articles, `excerpts` those with only the feed's text; `refused` counts entries whose pages have
    nothing to summarise, `failed` those that could not be fetched. A source is postponed if its host requested a
    back-off. The last three are for the admin: the source has failed for hours; this failure deactivated it; it is now
    read from another of its addresses.
    """

    source: Source
    added: int = 0
    excerpts: int = 0
    refused: int = 0
    failed: int = 0
    is_unchanged: bool = False
    is_postponed: bool = False
    error: str | None = None
    fault: str | None = None
    is_unreachable: bool = False
    is_switched_off: bool = False
    moved_to: str | None = None


@dataclass(frozen=True, slots=True)
class RefreshReport:
    """The outcome of a pass, by source."""

    sources: tuple[SourceReport, ...]

    @property
    def added(self) -> int:
        return sum(report.added for report in self.sources)

    @property
    def refused(self) -> int:
        return sum(report.refused for report in self.sources)

    @property
    def failures(self) -> tuple[SourceReport, ...]:
        return tuple(report for report in self.sources if report.error is not None)


class RefreshService:
    """Runs passes over the sources of an edition. Passes may overlap: a source in progress is skipped by the others.

    `chance` returns uniform numbers in [0, 1). `pages` fetches articles, `fetcher` feeds; by default they are the same.
    """

    def __init__(
        self,
        *,
        sources: SourceStore,
        articles: ArticleStore,
        writer: ArticleWriter,
        fetcher: Fetcher,
        offload: Offload,
        clock: Clock,
        chance: Callable[[], float],
        pages: Fetcher | None = None,
        shortest_interval: timedelta = MIN_INTERVAL,
        edition: Edition = EVERYTHING,
        news_kept: timedelta | None = None,
    ) -> None:
        self._sources = sources
        self._fetcher = fetcher
        self._offload = offload
        self._clock = clock
        self._chance = chance
        self._shortest = shortest_interval
        self._edition = edition
        self._entries = EntryReader(
            articles=articles,
            writer=writer,
            fetcher=pages or fetcher,
            offload=offload,
            clock=clock,
            edition=edition,
            news_kept=news_kept,
        )
        self._slots = asyncio.Semaphore(MAX_CONCURRENT_SOURCES)
        # By source, for as long as the process runs: after a start, each feed is read whole once.
        self._known: dict[str, Times] = {}
        self._under_way: dict[str, asyncio.Task[SourceReport]] = {}

    async def refresh_all(self) -> RefreshReport:
        """Check every active source, due or not. Raises StoreError if the database cannot be used."""
        return await self._refresh(await self._sources.claim_all(lease_until=self._clock() + CHECK_LEASE))

    async def refresh_due(self) -> RefreshReport:
        """Check the sources that are due. Raises StoreError if the database cannot be used."""
        now = self._clock()
        due = await self._sources.claim_due(
            now=now, lease_until=now + CHECK_LEASE, limit=CLAIM_LIMIT, latest=now + poll_schedule.MAX_WAIT
        )
        return await self._refresh(due)

    def stop(self) -> None:
        """Cancel the passes in progress. Unfinished sources are due again when their lease expires."""
        for task in self._under_way.values():
            task.cancel()

    async def _refresh(self, claimed: Iterable[StoredSource]) -> RefreshReport:
        tasks = []
        for stored in claimed:
            if stored.source.key not in self._under_way and self._edition.has_source(stored.source):
                task = asyncio.create_task(self._check(stored), name=f"check {stored.source.key}")
                self._under_way[stored.source.key] = task
                task.add_done_callback(partial(self._forget, stored.source.key))
                tasks.append(task)
        results = await asyncio.gather(*tasks, return_exceptions=True)
        for result in results:
            if isinstance(result, Exception):
                raise result
        return RefreshReport(tuple(result for result in results if isinstance(result, SourceReport)))

    def _forget(self, key: str, _: asyncio.Task[SourceReport]) -> None:
        del self._under_way[key]

    async def _check(self, stored: StoredSource) -> SourceReport:
        """Check one source and record the outcome."""
        async with self._slots:
            report, state = await self._check_guarded(stored.source, stored.state)
            await self._sources.record_result(stored.source, state)
        if report.is_switched_off:
            message = (
                "%s is switched off after %d failures in a row, the last: %s; to switch it on: ringkas sources add %s"
            )
            log.warning(message, report.source.key, state.failures_in_a_row, report.error, report.source.key)
        return report

    async def _check_guarded(self, source: Source, state: PollState) -> tuple[SourceReport, PollState]:
        try:
            return await self._read(source, state)
        except HostBackoff as resting:
            return SourceReport(source, is_postponed=True), replace(state, next_check_at=resting.until)
        except StoreError:
            raise
        except (FetchError, InputError) as error:
            failure: Exception = error
        except Exception as error:
            log.exception("%s could not be read", source.key)
            failure = error
        after = poll_schedule.after_error(
            state, failure, now=self._clock(), chance=self._chance(), shortest=self._shortest
        )
        is_unreachable = after.failures_in_a_row == poll_schedule.UNREACHABLE_FAILURES
        is_switched_off = state.is_active and not after.is_active
        report = SourceReport(
            source,
            error=after.last_error,
            fault=after.last_fault,
            is_unreachable=is_unreachable,
            is_switched_off=is_switched_off,
        )
        return report, after

    async def _read(self, source: Source, state: PollState) -> tuple[SourceReport, PollState]:
        """Read the first of the source's addresses that delivers. Raise the error of the first one if none does."""

        async def read(position: int) -> tuple[Reading | None, PollState]:
            try:
                return await self._read_address(source, state, position)
            except (FetchError, InputError) as error:
                log.debug("%s: %s does not deliver: %s", source.key, source.addresses[position], error)
                raise
            except Exception as error:
                log.exception("%s could not be read from %s", source.key, source.addresses[position])
                raise PermanentFetchError(poll_schedule.describe_error(error)) from error

        reading, after = await read_first(source, state, read, clock=self._clock)
        if reading is None:
            return SourceReport(source, is_unchanged=True), self._record_success(after)
        return await self._add_entries(source, reading, before=state, after=after)

    async def _read_address(self, source: Source, state: PollState, position: int) -> tuple[Reading | None, PollState]:
        """Return the feed at the address, None if it is unchanged, and the state with the response's validators.

        Raises:
            FetchError, InputError: the address does not deliver entries of this source.
        """
        url = source.addresses[position]
        is_in_use = position == state.address
        if is_in_use:
            answer = await self._fetcher.fetch(url, etag=state.etag, last_modified=state.last_modified)
        else:
            answer = await self._fetcher.fetch(url)
        if answer.status == HTTPStatus.NOT_MODIFIED:
            return None, state
        after = note_document(state, position, answer)
        if is_in_use and is_unchanged(source, state, answer, now=self._clock()):
            return None, after
        known = self._known.get(source.key, {}) if is_in_use else {}
        reading = await read_new_entries(source, url, answer, known, offload=self._offload, now=self._clock())
        return (None if reading.known and not reading.entries else reading), after

    async def _add_entries(
        self, source: Source, reading: Reading, *, before: PollState, after: PollState
    ) -> tuple[SourceReport, PollState]:
        self._known.pop(source.key, None)
        counts = await self._entries.add_new(source, reading.entries)
        report = make_report(source, counts)
        if after.address != before.address:
            report = replace(report, moved_to=source.addresses[after.address])
        if any(map(self._entries.is_waiting, reading.entries)):
            # With validators, the server would not list the failed entries again until something else changes.
            after = replace(after, etag=None, last_modified=None, body_hash=None)
        elif counts[EntryResult.LEFT]:
            after = replace(after, body_hash=None)
        if not counts[EntryResult.LEFT]:
            # Without a date now, an entry may have one later: an implausible date is omitted.
            done = [one for one in reading.hashed if not self._entries.is_waiting(one[1])]
            new = {key: entry.published_at for key, entry in done if entry.published_at is not None}
            self._known[source.key] = {**reading.known, **new}
        after = poll_schedule.measure_rate(after, reading.times, now=self._clock())
        return report, self._record_success(after)

    def _record_success(self, state: PollState) -> PollState:
        return poll_schedule.after_success(state, now=self._clock(), chance=self._chance(), shortest=self._shortest)


def make_report(source: Source, counts: Counter[EntryResult]) -> SourceReport:
    return SourceReport(
        source,
        added=counts[EntryResult.ADDED] + counts[EntryResult.EXCERPT],
        excerpts=counts[EntryResult.EXCERPT],
        refused=counts[EntryResult.REFUSED],
        failed=counts[EntryResult.FAILED],
    )
