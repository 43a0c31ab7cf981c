"""Alerts: find new articles with the words of a chat's watches, or of chains that it follows, and send them.

An alert keeps the same promises as a digest's message. Alerts of a chat's quiet hours come together when they end.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import timedelta

from structlog.contextvars import bound_contextvars

from summaries.delivery.circuit_breaker import RetryLater
from summaries.delivery.follows import decide_all
from summaries.delivery.outbox import CALL_LEASE, TURN_LEASE, Outbox, SenderPool
from summaries.digests.schedule import skip_quiet_hours
from summaries.digests.select import DIGEST_LENGTH
from summaries.errors import InputError
from summaries.model import AlertBatch, ChatRef, FreshArticle, MessageKind, Watch
from summaries.ports import AlertStore, Clock, Offload
from summaries.text.words import load_stop_words, stem_for_search

log = logging.getLogger(__name__)

# The shortest time between two alerts of a chat; stories that are found meanwhile come together.
PACE = timedelta(minutes=5)
MAX_STORIES = 5
# Older articles come from an archive and are no news.
NEWS_AGE = timedelta(days=2)
# Rows that another process stores become visible a little later than their time says.
SETTLED = timedelta(seconds=2)
# Articles for one look. Their stems are read in one go, during which other reads wait.
MAX_ARTICLES = 200
# Follows that are decided in one go, and at most in one look: sending waits meanwhile.
FOLLOWS_AT_ONCE = 32
MAX_FOLLOWS = 320


class AlertingService:
    """Finds articles for watches and sends alerts.

    `send` renders an alert, sends it to a chat and returns the message's id. It raises only subclasses of SendError.
    """

    def __init__(
        self,
        *,
        alerts: AlertStore,
        send: Callable[[ChatRef, AlertBatch], Awaitable[int]],
        outbox: Outbox,
        offload: Offload,
        clock: Clock,
    ) -> None:
        self._alerts = alerts
        self._send_alert = send
        self._outbox = outbox
        self._offload = offload
        self._clock = clock
        self._pool = SenderPool(outbox)

    async def look(self) -> int:
        """Match the articles that were added since the last look with all watches and follows; return how many alerts
        are new."""
        return await self._match() + await self._consider_follows()

    async def _match(self) -> int:
        now = self._clock()
        fresh = await self._alerts.fresh(until=now - SETTLED, oldest=now - NEWS_AGE, limit=MAX_ARTICLES)
        if fresh is None:
            return 0
        watches = await self._alerts.watches()
        found = await self._offload(match, watches, fresh.articles) if watches else []
        return await self._alerts.put(found, looked_at=fresh, now=now, pace=PACE)

    async def _consider_follows(self) -> int:
        """Choose the updates of due follows."""
        count = 0
        for _ in range(MAX_FOLLOWS // FOLLOWS_AT_ONCE):
            now = self._clock()
            due = await self._alerts.due_follows(now=now, oldest=now - NEWS_AGE, limit=FOLLOWS_AT_ONCE)
            if not due or self._outbox.is_stopped:
                break
            for decided in await self._offload(decide_all, due, now):
                count += await self._alerts.put_decision(decided, now=now, pace=PACE)
        return count

    async def send_due(self) -> int:
        """Send the alerts that are due; return how many messages were begun. Sends that hang hold up no others."""
        count = 0
        while not self._outbox.is_stopped:
            now = self._clock()
            claimed = await self._outbox.store.claim_alerts(
                now=now,
                lease_until=now + TURN_LEASE,
                length=DIGEST_LENGTH,
                max_items=MAX_STORIES,
                limit=self._pool.free_slots(),
            )
            if not claimed:
                break
            for batch in claimed:
                # One chat's alerts follow each other: a second message waits for the end of its lease.
                if batch.watch.chat.chat_id not in self._pool.keys:
                    self._pool.begin(batch.watch.chat.chat_id, self._send(batch))
                    count += 1
            await self._pool.wait_for_all()
        return count

    async def resume(self) -> None:
        """Release the leases of earlier processes. For the start of a process that has the database for itself."""
        now = self._clock()
        if released := await self._outbox.store.release(MessageKind.ALERT, now=now):
            log.info("%d alerts were claimed when the bot stopped: they go on", released)
        stored = await self._alerts.latest_stored_at()
        if stored is not None and stored > now:
            await self.on_clock_rollback()

    async def on_clock_rollback(self) -> None:
        """Take back decisions that were made while the clock was ahead."""
        now = self._clock()
        latest = now + max(PACE, CALL_LEASE)
        changed = await self._alerts.repair_after_clock_rollback(now=now)
        changed += await self._outbox.store.repair_after_clock_rollback(
            MessageKind.ALERT, claimed=latest, waiting=latest
        )
        if changed:
            log.warning("the clock went back: %d rows of alerts were put right", changed)

    async def _send(self, batch: AlertBatch) -> None:
        with bound_contextvars(alerts=batch.message.ids):
            await self._outbox.run_guarded(batch.message.ids, lambda: self._send_one(batch))

    async def _send_one(self, batch: AlertBatch) -> None:
        now = self._clock()
        if batch.zone and (quiet_until := skip_quiet_hours(now, batch.quiet, batch.zone)) > now:
            raise RetryLater(quiet_until)
        await self._outbox.send_single(
            batch.message, lambda chat: self._send_alert(chat, batch), name="an alert", pause=PACE
        )


LONGEST_WATCH = 100
_PHRASE = re.compile(r'["“”„]([^"“”„]*)["“”„]|([^\s"“”„]+)')

Terms = tuple[str, ...]
"""Stems that must all occur; the stems of a phrase are one entry, joined by spaces."""


class BadWatch(InputError):
    """The words are too many, or say nothing by themselves."""


def read_watch(words: str) -> str:
    """The words in one line, as they are kept.

    Raises:
        BadWatch: they are too long, or would find everything.
    """
    plain = " ".join(words.split())
    stops = load_stop_words("id") | load_stop_words("en")
    specific = [w for w in re.findall(r"[^\W_]+", plain.casefold()) if len(w) > 1 and w not in stops]
    if not specific or len(plain) > LONGEST_WATCH:
        raise BadWatch("words that are waited for are a few, and not only small ones")
    return plain


def terms_of(words: str) -> Terms:
    terms: list[str] = []
    for phrase, word in _PHRASE.findall(words):
        stems = stem_for_search(phrase or word).split()
        terms += [" ".join(stems)] if phrase and stems else stems
    return tuple(dict.fromkeys(terms))


def match(watches: Sequence[Watch], articles: Iterable[FreshArticle]) -> list[tuple[Watch, int]]:
    """Each watch with the articles that hold all of its words.

    Costs a look for each word of an article, and a closer one for each watch whose rarest-looking word it holds.
    """
    by_stem: dict[str, list[tuple[Watch, Terms]]] = {}
    for watch in watches:
        terms = terms_of(watch.words)
        if terms:
            # The longest word is mostly the rarest.
            key = max((stem for term in terms for stem in term.split()), key=len)
            by_stem.setdefault(key, []).append((watch, terms))
    found = []
    for article in articles:
        title, text = f" {article.title_stems} ", f" {article.text_stems} "
        for stem in {*title.split(), *text.split()} & by_stem.keys():
            for watch, terms in by_stem[stem]:
                if all(f" {term} " in title or f" {term} " in text for term in terms):
                    found.append((watch, article.article_id))
    return found
