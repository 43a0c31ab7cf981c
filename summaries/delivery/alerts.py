"""Tell chats of stories with the words that they wait for: look through what came in, store what is found, send it.

An alert keeps the promises that a digest's message does (`summaries/delivery`). What is found in
a chat's quiet hours comes when they are over, together.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from structlog.contextvars import bound_contextvars

from summaries.delivery import SENDERS, Postponed, Room
from summaries.digests.schedule import skip_quiet_hours
from summaries.digests.select import DIGEST_LENGTH
from summaries.errors import InputError
from summaries.text.word_lists import load_stop_words
from summaries.text.words import stem_for_search

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from summaries.delivery import Post
    from summaries.model import AlertBatch, ChatRef, FreshArticle, PartState, Watch
    from summaries.ports import AlertMessenger, AlertStore, Clock, Offload


log = logging.getLogger(__name__)

# A chat gets an alert this often at most; what is found meanwhile comes together.
PACE = timedelta(minutes=5)
MOST_STORIES = 5
# So long an alert waits for its turn at most before another process may claim it, and so long its call takes at most.
LEASE, CALL_LEASE = timedelta(minutes=1), timedelta(minutes=5)
# So long a tick waits for those that hang.
MOMENT_S = 1.0
# Articles of an archive are no news.
NEWS_AGE = timedelta(days=2)
# What another process stores comes to light a little later than it says.
SETTLED = timedelta(seconds=2)
# Their stems are read in one go, and everybody's questions wait for that.
AT_A_LOOK = 200


@dataclass(frozen=True, slots=True)
class AlertLetter:
    """Fulfils `Letter`: one message of a chat's alerts."""

    batch: AlertBatch
    alerts: AlertStore
    messenger: AlertMessenger
    clock: Clock

    @property
    def chat(self) -> ChatRef:
        return self.batch.watch.chat

    @property
    def attempts(self) -> int:
        return self.batch.attempts

    @property
    def copies(self) -> int:
        return self.batch.copies

    async def mark_sending(self) -> None:
        await self.alerts.mark_sending(self.batch, until=self.clock() + CALL_LEASE)

    async def send(self, chat: ChatRef) -> int:
        return await self.messenger.send_alert(chat, self.batch)

    async def mark_sent(self, message_id: int) -> None:
        await self.alerts.mark_sent(self.batch.alert_ids, message_id=message_id, now=self.clock(), pace=PACE)

    async def mark_unsent(self, state: PartState, error: str) -> None:
        await self.alerts.mark_unsent(self.batch.alert_ids, state=state, error=error)

    async def postpone(self, until: datetime) -> None:
        await self.alerts.postpone(self.batch.alert_ids, until)


class AlertingService:
    """Looks for what chats wait for, and tells them."""

    def __init__(
        self,
        *,
        alerts: AlertStore,
        messenger: AlertMessenger,
        post: Post,
        offload: Offload,
        clock: Clock,
        moment_s: float = MOMENT_S,
    ) -> None:
        self._alerts = alerts
        self._messenger = messenger
        self._post = post
        self._offload = offload
        self._clock = clock
        self._under_way: Room[int] = Room(post, SENDERS, moment_s)

    async def look(self) -> int:
        """Find what came in since the last look for each watch; how many alerts are new."""
        now = self._clock()
        fresh = await self._alerts.fresh(until=now - SETTLED, oldest=now - NEWS_AGE, limit=AT_A_LOOK)
        if fresh is None:
            return 0
        watches = await self._alerts.watches()
        found = await self._offload(match, watches, fresh.articles) if watches else []
        return await self._alerts.put(found, looked_at=fresh, now=now, pace=PACE)

    async def send_due(self) -> int:
        """Send what waits for its turn; how many messages were begun. Those that hang keep nobody waiting."""
        count = 0
        while not self._post.is_stopped:
            now = self._clock()
            claimed = await self._alerts.claim_due(
                now=now,
                lease_until=now + LEASE,
                length=DIGEST_LENGTH,
                most_items=MOST_STORIES,
                limit=self._under_way.left(),
            )
            if not claimed:
                break
            for batch in claimed:
                # One chat's alerts follow each other; what is found here too early waits for the end of its lease.
                if batch.watch.chat.chat_id not in self._under_way.keys:
                    self._under_way.begin(batch.watch.chat.chat_id, self._send(batch))
                    count += 1
            await self._under_way.wait_for_all()
        return count

    async def resume(self) -> None:
        """Take up at once what another process was sending. For a process that is alone, when it starts."""
        now = self._clock()
        if released := await self._alerts.release(now=now):
            log.info("%d alerts were under way when the bot stopped: they go on", released)
        stored = await self._alerts.stored_last()
        if stored is not None and stored > now:
            await self.take_back_time()

    async def take_back_time(self) -> None:
        """The clock was ahead and is right now: take back what was decided by it."""
        now = self._clock()
        if changed := await self._alerts.realign(now=now, latest=now + max(PACE, CALL_LEASE)):
            log.warning("the clock went back: %d rows of alerts were put right", changed)

    async def _send(self, batch: AlertBatch) -> None:
        letter = AlertLetter(batch, self._alerts, self._messenger, self._clock)
        with bound_contextvars(alerts=batch.alert_ids):
            await self._post.attend(lambda: self._send_one(letter), letter.postpone)

    async def _send_one(self, letter: AlertLetter) -> None:
        batch, now = letter.batch, self._clock()
        if batch.zone and (quiet_until := skip_quiet_hours(now, batch.quiet, batch.zone)) > now:
            raise Postponed(quiet_until)
        await self._post.send_whole(letter, "an alert")


LONGEST_WATCH = 100
_PHRASE = re.compile(r'["“”„]([^"“”„]*)["“”„]|([^\s"“”„]+)')

Terms = tuple[str, ...]
"""Stems that must all be there; those of a phrase stand in one, joined by spaces."""


class BadWatch(InputError):
    """The words are too many, or say nothing by themselves."""


def read_watch(words: str) -> str:
    """The words in one line, as they are kept.

    Raises:
        BadWatch: they are too long, or would find everything.
    """
    plain = " ".join(words.split())
    stops = load_stop_words("id") | load_stop_words("en")
    telling = [w for w in re.findall(r"[^\W_]+", plain.casefold()) if len(w) > 1 and w not in stops]
    if not telling or len(plain) > LONGEST_WATCH:
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
    return [(watch, article.article_id) for article in articles for watch in _found(by_stem, article)]


def _found(by_stem: dict[str, list[tuple[Watch, Terms]]], article: FreshArticle) -> Iterator[Watch]:
    title, text = f" {article.title_stems} ", f" {article.text_stems} "
    for stem in {*title.split(), *text.split()} & by_stem.keys():
        for watch, terms in by_stem[stem]:
            if all(f" {term} " in title or f" {term} " in text for term in terms):
                yield watch
