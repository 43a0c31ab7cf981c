"""Create due deliveries and compose their digests: in batches, equal digests once, stored before anything is sent."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from functools import cache
from itertools import islice

from summaries.digests.schedule import (
    A_DAY,
    CATCH_UP_LIMIT,
    compute_news_start,
    find_next_due,
    is_worth_catching_up,
    skip_quiet_hours,
)
from summaries.digests.select import compose_digest, compose_own_section
from summaries.errors import InvalidSettings, StoreError
from summaries.model import (
    CompositionResult,
    Delivery,
    DeliveryPart,
    Digest,
    News,
    NewsRequest,
    OwnNews,
    Reason,
    Subscription,
)
from summaries.ports import Clock, DeliveryStore, DigestNews, Offload

Render = Callable[[Digest], Sequence[DeliveryPart]]
_Key = tuple[int, datetime, str, bool, str | None, bool]

log = logging.getLogger(__name__)

# Rows per transaction; bounds how long others wait for the database.
OPEN_LIMIT = 2000
COMPOSE_LIMIT = 500
LEASE = timedelta(minutes=5)
# Late digests wait this long for the first check of the sources after an outage, which brings the news of that time.
NEWS_PATIENCE = timedelta(minutes=2)
# Articles of own feeds in a digest: they fill one message, of those that summaries of usual length leave room for.
MOST_OWN = 8
# Digests of a run that are kept rendered, for the chats of later batches; each has a few thousand characters.
MAX_RENDERED = 4500


class DigestComposer:
    """Turns due subscriptions into deliveries with stored messages. Late ones wait for `patience` at most until the due
    sources are checked."""

    def __init__(
        self,
        *,
        deliveries: DeliveryStore,
        render: Render,
        offload: Offload,
        clock: Clock,
        catch_up_limit: timedelta = CATCH_UP_LIMIT,
        patience: timedelta = timedelta(),
    ) -> None:
        self._deliveries = deliveries
        self._render = render
        self._offload = offload
        self._clock = clock
        self._catch_up_limit = catch_up_limit
        self._patience = patience
        self._rendered: dict[_Key, tuple[News | OwnNews, tuple[DeliveryPart, ...]]] = {}

    async def prepare_due(self) -> int:
        """Compose all digests that are due; return how many deliveries were processed."""
        now = self._clock()
        next_due_of = make_next_due_finder(now)
        while await self._deliveries.create_due(now=now, limit=OPEN_LIMIT, next_due=next_due_of) == OPEN_LIMIT:
            pass
        count = 0
        self._rendered.clear()
        news = self._deliveries.open_news()
        while True:
            now = self._clock()
            claimed = await self._deliveries.claim(
                now=now, lease_until=now + LEASE, limit=COMPOSE_LIMIT, patience=self._patience
            )
            if claimed:
                await self._compose_and_store(claimed, news, now)
            count += len(claimed)
            if len(claimed) < COMPOSE_LIMIT:
                return count

    async def _compose_and_store(self, deliveries: Sequence[Delivery], news: DigestNews, now: datetime) -> None:
        """Compose and store the deliveries. If one fails, bisect to isolate it; it waits for its lease to expire."""
        try:
            composed = await self._compose(deliveries, news, now)
        except StoreError:
            raise
        except Exception:
            if len(deliveries) == 1:
                log.exception("delivery %d can't be composed; it is tried again later", deliveries[0].id)
                return
            half = len(deliveries) // 2
            await self._compose_and_store(deliveries[:half], news, now)
            await self._compose_and_store(deliveries[half:], news, now)
        else:
            await self._deliveries.save_composed(composed, now=now)

    async def preview(
        self, subscription: Subscription, language: str | None, *, is_channel: bool = False
    ) -> Sequence[DeliveryPart]:
        """Return the messages of the digest that the chat would receive now. Nothing is stored or sent."""
        now = self._clock()
        delivery = Delivery(
            0,
            subscription.chat,
            subscription.zone,
            now,
            now,
            language=language,
            preferences=subscription.preferences,
            is_channel=is_channel,
        )
        news, requests = self._deliveries.open_news(), make_requests([delivery])
        (found,) = await news.choose(requests)
        own = (await news.choose_own(requests, most=MOST_OWN)).get(delivery.chat.chat_id)
        digests = [compose_digest(delivery, found, now)]
        if own is not None:
            digests = [*(digests if found.items else ()), compose_own_section(delivery, own, now)]
        return join_sections(await self._offload(render_all, digests, self._render))

    async def _compose(self, deliveries: Sequence[Delivery], news: DigestNews, now: datetime) -> CompositionResult:
        """Decide the outcome of each delivery."""
        wanted, postponed, skipped = triage_deliveries(deliveries, now, self._catch_up_limit)
        if late := sum(reason is Reason.LATE for _, reason in skipped):
            log.warning("%d digests are too late to send; their news goes into the next ones", late)
        digests: dict[_Key, tuple[News | OwnNews, Digest]] = {}
        getting: defaultdict[tuple[_Key, ...], list[int]] = defaultdict(list)
        requests = make_requests(wanted)
        all_own = await news.choose_own(requests, most=MOST_OWN)
        for delivery, found in zip(wanted, await news.choose(requests), strict=True):
            own = all_own.get(delivery.chat.chat_id)
            if not found.items and own is None and delivery.preferences.skips_empty:
                skipped.append((delivery.id, Reason.EMPTY))
                continue
            sections: list[tuple[News | OwnNews, Digest]] = []
            if found.items or own is None:
                sections.append((found, compose_digest(delivery, found, now)))
            if own is not None:
                sections.append((own, compose_own_section(delivery, own, now)))
            keys = tuple(make_key(source, digest) for source, digest in sections)
            digests.update(zip(keys, sections, strict=True))
            getting[keys].append(delivery.id)
        await self._render_new(digests)
        result = CompositionResult(
            rendered=tuple(
                (join_sections([self._rendered[key][1] for key in keys]), tuple(ids)) for keys, ids in getting.items()
            ),
            postponed=tuple(postponed),
            skipped=tuple(skipped),
        )
        for key in digests:
            # The oldest is the one that no chat got for longest.
            self._rendered[key] = self._rendered.pop(key)
        for key in list(islice(self._rendered, max(0, len(self._rendered) - MAX_RENDERED))):
            del self._rendered[key]
        return result

    async def _render_new(self, digests: Mapping[_Key, tuple[News | OwnNews, Digest]]) -> None:
        """Render the digests that no earlier chat of the run got."""
        new = {key: found for key, found in digests.items() if key not in self._rendered}
        rendered = await self._offload(render_all, [digest for _, digest in new.values()], self._render)
        for (key, (news, _)), parts in zip(new.items(), rendered, strict=True):
            # The news is kept with them: its identity is part of the key.
            self._rendered[key] = news, parts


def make_requests(deliveries: Sequence[Delivery]) -> list[NewsRequest]:
    """Return the request for the news of each delivery."""
    return [
        NewsRequest(
            d.chat.chat_id, compute_news_start(d.missed_from or d.due_at, d.previous_due_at), d.due_at, d.preferences
        )
        for d in deliveries
    ]


def make_key(news: News | OwnNews, digest: Digest) -> _Key:
    """Return all that differs between digests of the same news, which is the same object."""
    return id(news), digest.due_at, digest.zone, digest.is_late, digest.language, digest.is_channel


def join_sections(sections: Sequence[Sequence[DeliveryPart]]) -> tuple[DeliveryPart, ...]:
    """Return the messages of the sections, in order, as those of one digest."""
    if len(sections) == 1:
        return tuple(sections[0])
    parts = [part for section in sections for part in section]
    return tuple(replace(part, position=position) for position, part in enumerate(parts))


def triage_deliveries(
    deliveries: Sequence[Delivery], now: datetime, catch_up_limit: timedelta
) -> tuple[list[Delivery], list[tuple[int, datetime]], list[tuple[int, Reason]]]:
    """Split deliveries into those to compose now, those postponed by quiet hours, and those skipped, with the reason.

    The news of a delivery that is too late goes into the next digest, and so does that of all but the latest delivery
    of a chat.
    """
    newest = {delivery.chat.chat_id: delivery.id for delivery in sorted(deliveries, key=lambda d: d.due_at)}
    wanted: list[Delivery] = []
    postponed: list[tuple[int, datetime]] = []
    skipped: list[tuple[int, Reason]] = []
    for delivery in deliveries:
        quiet = delivery.preferences.quiet
        due_at = skip_quiet_hours(delivery.due_at, quiet, delivery.zone)
        is_newest = newest[delivery.chat.chat_id] == delivery.id
        if not is_newest or not is_worth_catching_up(due_at, now, catch_up_limit):
            skipped.append((delivery.id, Reason.LATE))
        elif (quiet_until := skip_quiet_hours(now, quiet, delivery.zone)) > now:
            postponed.append((delivery.id, quiet_until))
        else:
            wanted.append(delivery)
    return wanted, postponed, skipped


def render_all(digests: Sequence[Digest], render: Render) -> list[tuple[DeliveryPart, ...]]:
    """Render the messages of each digest."""
    return [tuple(render(digest)) for digest in digests]


def make_next_due_finder(now: datetime) -> Callable[[Subscription], datetime | None]:
    """Return a function that computes when a subscription is due next, once per distinct schedule.

    Counted from `now`, not from the missed due time: after a week offline a chat gets one digest.
    """

    @cache
    def find(times: tuple[time, ...], zone: str, days: frozenset[int]) -> datetime | None:
        try:
            return find_next_due(times, zone, now, days)
        except InvalidSettings as error:
            # The zone was valid when it was set. One invalid subscription must not stop the digests of all others.
            log.error("a digest waits for a day: %s", error)  # noqa: TRY400
            return now + A_DAY

    return lambda s: find(s.times, s.zone, s.days) if s.is_active else None
