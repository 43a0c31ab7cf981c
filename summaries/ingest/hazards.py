"""Read BMKG's open data: the lists of earthquakes and of weather warnings.

BMKG allows 60 requests a minute and asks to be named as the source (https://data.bmkg.go.id). A full pass takes four,
and one for each weather warning that was not read yet.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from http import HTTPStatus

from summaries.errors import FetchError, InputError, StoreError, WarningsFeed
from summaries.ingest import poll_schedule
from summaries.ingest.politeness import HostBackoff
from summaries.ingest.poll_schedule import compute_backoff, describe_error, find_requested_backoff
from summaries.model import HazardKind, HazardSource
from summaries.ports import Clock, Fetched, Fetcher, HazardStore, Offload
from summaries.urls import split_url
from summaries.warnings.cap import CapMessage, parse_list, parse_message, revise_warnings
from summaries.warnings.earthquakes import LASTS, parse_earthquakes, revise_earthquakes

log = logging.getLogger(__name__)

EARTHQUAKES_ROOT, WEATHER_ROOT = "https://data.bmkg.go.id", "https://www.bmkg.go.id"
WEATHER = "nowcast"
# Hosts, and the first parts of paths below which the lists are.
PLACES_OF_WARNINGS = {("data.bmkg.go.id", "datamkg"), ("www.bmkg.go.id", "alerts"), ("bmkg.go.id", "alerts")}
# BMKG publishes an earthquake within a few minutes, and a weather warning some minutes ahead.
INTERVALS: Mapping[str, timedelta] = {
    "autogempa": timedelta(minutes=1),
    "gempaterkini": timedelta(minutes=1),
    "gempadirasakan": timedelta(minutes=2),
    WEATHER: timedelta(minutes=2),
}
MAX_BACKOFF = timedelta(minutes=15)
# The documents of a pass that hangs are due again after this. The fetcher's time limit is much shorter.
LEASE = timedelta(minutes=3)
# Weather warnings that are fetched in one pass, at most 25 in two minutes: well below BMKG's limit.
MAX_MESSAGES = 25
# The messages of a chain are not further apart.
CHAIN_LASTS = timedelta(days=2)


def list_addresses(root: str | None = None) -> Mapping[str, str]:
    """Return the addresses of BMKG's documents, or of their copies at `root`, by key."""
    lists = {key: f"{root or EARTHQUAKES_ROOT}/DataMKG/TEWS/{key}.json" for key in INTERVALS if key != WEATHER}
    return {**lists, WEATHER: f"{root or WEATHER_ROOT}/alerts/nowcast/id"}


def refuse_warnings(url: str) -> None:
    """Raise WarningsFeed if the address is one of BMKG's lists of events, or of a warning in them."""
    parts = split_url(url)
    if parts and (parts.hostname, parts.path.partition("/")[2].partition("/")[0].casefold()) in PLACES_OF_WARNINGS:
        raise WarningsFeed(f"{url} lists warnings, not articles: chats ask for them with /peringatan")


class HazardReader:
    """Reads BMKG's documents that are due. Passes may overlap, in this process and others.

    `chance` returns uniform numbers in [0, 1).
    """

    def __init__(
        self,
        *,
        hazards: HazardStore,
        fetcher: Fetcher,
        offload: Offload,
        clock: Clock,
        chance: Callable[[], float],
        addresses: Mapping[str, str] | None = None,
    ) -> None:
        self._hazards = hazards
        self._fetcher = fetcher
        self._offload = offload
        self._clock = clock
        self._chance = chance
        self._addresses = addresses or list_addresses()

    async def read_due(self) -> int:
        """Read the documents that are due; return how many events are new or changed.

        Raises:
            StoreError: the database cannot be used.
        """
        now = self._clock()
        due = await self._hazards.claim_due(
            list(INTERVALS), now=now, lease_until=now + LEASE, latest=now + poll_schedule.MAX_WAIT
        )
        return sum(await asyncio.gather(*map(self._check, due)))

    async def _check(self, source: HazardSource) -> int:
        """Read one document and record the outcome."""
        try:
            count, after = await self._read(source)
        except HostBackoff as resting:
            await self._hazards.record_check(replace(source, next_check_at=resting.until))
            return 0
        except StoreError:
            raise
        except Exception as error:
            if not isinstance(error, (FetchError, InputError)):
                log.exception("BMKG's %s could not be read", source.key)
            await self._record_failure(source, error)
            return 0
        now = self._clock()
        after = replace(
            after,
            next_check_at=now + INTERVALS[source.key],
            last_success_at=now,
            last_error=None,
            failures_in_a_row=0,
        )
        await self._hazards.record_check(after)
        return count

    async def _record_failure(self, source: HazardSource, error: Exception) -> None:
        reason, backoff = describe_error(error), find_requested_backoff(error)
        failures = source.failures_in_a_row + 1
        wait = min(compute_backoff(failures, self._chance(), INTERVALS[source.key]), MAX_BACKOFF)
        log.log(
            logging.WARNING if failures == 1 else logging.DEBUG, "BMKG's %s could not be read: %s", source.key, reason
        )
        await self._hazards.record_check(
            replace(
                source,
                next_check_at=self._clock() + max(wait, backoff or timedelta()),
                last_error=reason,
                failures_in_a_row=failures,
            )
        )

    async def _read(self, source: HazardSource) -> tuple[int, HazardSource]:
        """Return how many events changed, and the source with the response's validators.

        Raises:
            FetchError, InputError: the document cannot be read.
        """
        url = self._addresses[source.key]
        answer = await self._fetcher.fetch(url, etag=source.etag, last_modified=source.last_modified)
        if answer.status == HTTPStatus.NOT_MODIFIED:
            return 0, source
        after = replace(source, etag=answer.etag, last_modified=answer.last_modified)
        if source.key == WEATHER:
            count, is_complete = await self._read_weather(url, answer)
            # With validators, the server would not list the messages that are missing again.
            return count, after if is_complete else replace(after, etag=None, last_modified=None)
        return await self._read_earthquakes(source.key, answer), after

    async def _read_earthquakes(self, key: str, answer: Fetched) -> int:
        quakes = await self._offload(parse_earthquakes, answer.body)
        now = self._clock()
        return await self._hazards.revise(
            HazardKind.EARTHQUAKE,
            lambda known: revise_earthquakes(known, key, quakes, now=now),
            # An entry may be dated later than it was stored.
            since=now - 2 * LASTS,
            now=now,
        )

    async def _read_weather(self, url: str, answer: Fetched) -> tuple[int, bool]:
        """Read the messages of the list that were not read yet; return how many events changed, and whether none is
        missing."""
        listed = await self._offload(parse_list, answer.body, url)
        unread = await self._hazards.find_unread({one.url: one.fingerprint for one in listed})
        wanted = [one for one in listed if one.url in unread]
        is_complete = len(wanted) <= MAX_MESSAGES
        messages: list[CapMessage] = []
        read: dict[str, str] = {}
        for one in wanted[:MAX_MESSAGES]:
            try:
                messages += await self._read_message(one.url)
            except HostBackoff:
                is_complete = False
                break
            except FetchError as error:
                log.info("a weather warning could not be fetched: %s", error)
                is_complete = False
            else:
                read[one.url] = one.fingerprint
        if not read:
            return 0, is_complete
        now = self._clock()
        # Together, because a message may cancel another one that comes after it in the list.
        count = await self._hazards.revise(
            HazardKind.WEATHER,
            lambda known: revise_warnings(known, messages, now=now),
            since=now - CHAIN_LASTS,
            now=now,
            identifiers=[name for one in messages for name in (one.identifier, *one.references)],
            read=read,
        )
        return count, is_complete

    async def _read_message(self, url: str) -> Sequence[CapMessage]:
        """Return the message; nothing if it is broken: it is read again only if its item of the list changes."""
        answer = await self._fetcher.fetch(url)
        try:
            message = await self._offload(parse_message, answer.body, now=self._clock())
        except InputError as error:
            log.warning("a weather warning cannot be read: %s", error)
            return ()
        return (message,) if message else ()
