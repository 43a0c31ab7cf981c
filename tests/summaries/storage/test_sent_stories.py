"""No chat gets a story twice, however the stories change meanwhile, and each story that was sent is one row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, time, timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from summaries.model import (
    SHORT,
    Article,
    ChatRef,
    CompositionResult,
    DeliveryPart,
    NewsRequest,
    Origin,
    Outcome,
    PartState,
    Preferences,
    Subscription,
)
from summaries.ports.stories import PreparedArticle
from summaries.storage import Store
from summaries.upkeep import UpkeepService

Make = Callable[..., Article]
Prepare = Callable[[Article], PreparedArticle]

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
CHATS = (7, 8)
# An action, and two numbers that choose its stories, its chat or its size.
EDITS = ("report", "join", "move", "merge", "split", "undo", "hide")
SENDS = ("digest", "alert", "more")
YEARS = timedelta(days=800)
actions = st.sampled_from((*EDITS, *SENDS, *SENDS, "forget"))
steps = st.lists(st.tuples(actions, st.integers(0, 9), st.integers(0, 9), st.sampled_from(EDITS)), max_size=20)
numbers = count(1)


class Newsroom:
    """Stories that change, and chats that are sent them. `seen` are the articles that each chat's messages showed,
    `matched` those for which it got an alert."""

    def __init__(self, store: Store, make: Make, prepare: Prepare, began: datetime) -> None:
        self.store, self.make, self.prepare = store, make, prepare
        self.began = self.now = began
        self.articles: list[PreparedArticle] = []
        self.ids: list[int] = []
        self.seen: dict[int, set[int]] = {chat_id: set() for chat_id in CHATS}
        self.matched: dict[int, set[int]] = {chat_id: set() for chat_id in CHATS}

    async def put(self, new: PreparedArticle | None, story: int | None, moved: str | None = None) -> None:
        """Store a new article, or move the stored one with the key `moved`, into this story or one of its own."""
        state = (await self.store.stories.changes(after=0, since=self.now + DAY, limit=1)).state
        key = new.key if new else str(moved)
        stored, _ = await self.store.stories.put_many(
            [new] if new else [], {key: story or state.next_story}, known=state,
            next_story=state.next_story + (story is None), keep_since=self.began, origin=Origin.FEED, now=self.now,
        )  # fmt: skip
        if new:
            self.articles.append(new)
            self.ids += [article.id for article in stored]

    def write(self) -> PreparedArticle:
        """Return an article that is longer than the earlier ones, so that it becomes the best one of its story."""
        number = next(numbers)
        article = self.make(number, published_at=self.now)
        return self.prepare(replace(article, text=f"{article.text}{' Panen berlanjut.' * number}"))

    async def find_story(self, article_id: int) -> frozenset[int]:
        """Return the articles of the article's story."""
        return frozenset(report.article_id for report in await self.store.story_edits.coverage(article_id))

    async def list_new(self, chat_id: int) -> set[frozenset[int]]:
        """Return the stories, not hidden, of which the chat has not seen anything."""
        shown = [one for one in self.ids if await self.store.stories.coverage(one)]
        stories = {await self.find_story(one) for one in shown}
        return {story for story in stories if not story & self.seen[chat_id]}

    async def edit(self, action: str, first: int, second: int) -> None:
        self.now += MINUTE
        edits = self.store.story_edits
        if action == "report" or not self.ids:
            await self.put(self.write(), None)
            return
        one, other = self.ids[first % len(self.ids)], self.ids[second % len(self.ids)]
        if action in {"join", "move"}:
            changes = await self.store.stories.changes(after=0, since=self.began, limit=100)
            stories = {entry.signature.id: entry.story for entry in changes.entries}
            story = stories[self.articles[second % len(self.ids)].key]
            if action == "join":
                await self.put(self.write(), story)
            else:
                await self.put(None, story, self.articles[first % len(self.ids)].key)
        elif action == "merge":
            await edits.merge(one, other, admin_id=None, now=self.now)
        elif action == "split":
            await edits.split([one], admin_id=None, now=self.now)
        elif action == "hide":
            await edits.hide(one, admin_id=None, now=self.now)
        elif found := [edit for edit in await edits.list_edits(limit=first + 1) if edit.undone_at is None]:
            await edits.undo(found[-1].id, admin_id=None, now=self.now)

    async def choose(self, chat_id: int, most: int) -> list[int]:
        """Return the articles of the chat's next digest: of new stories only, and as many as there are."""
        request = NewsRequest(chat_id, self.began, self.now, Preferences(count=most))
        (news,) = await self.store.deliveries.open_news().choose([request])
        shown = [item.stored.id for item in news.items]
        new = await self.list_new(chat_id)
        assert {await self.find_story(one) for one in shown} <= new
        assert (len(shown), news.total) == (min(most, len(new)), len(new))
        return shown

    async def send_digest(self, chat_id: int, most: int, meanwhile: tuple[str, int, int]) -> None:
        """Send a digest in two messages, of which the second one fails if `most` is odd."""
        self.now += MINUTE
        deliveries, outbox = self.store.deliveries, self.store.outbox
        if not (shown := await self.choose(chat_id, most)):
            return
        digest = Subscription(ChatRef(chat_id), (time(7),), "Asia/Jakarta")
        await self.store.subscriptions.put(digest, next_due_at=self.now, now=self.now)
        await deliveries.create_due(now=self.now, limit=9, next_due=lambda _: None)
        (delivery,) = await deliveries.claim(now=self.now, lease_until=self.now + DAY, limit=9)
        texts = [tuple(part) for part in (shown[:2], shown[2:]) if part]
        parts = tuple(DeliveryPart(place, f"{chat_id} {self.now}", ids) for place, ids in enumerate(texts))
        await deliveries.save_composed(CompositionResult(rendered=((parts, (delivery.id,)),)), now=self.now)
        (delivery,) = await outbox.claim_digests(now=self.now, lease_until=self.now + DAY, limit=9)
        await self.edit(*meanwhile)
        for part in delivery.parts:
            is_last, message = part.position == len(parts) - 1, delivery.message(part)
            await outbox.mark_sending(message, until=delivery.lease_until)
            if part.position and most % 2:
                await outbox.mark_unsent(message, state=PartState.FAILED, error="")
                await deliveries.finish(delivery.id, Outcome.SENT, now=self.now)
            else:
                await outbox.mark_sent(message, message_id=1, now=self.now, is_last=is_last)
                self.seen[chat_id] |= set(part.article_ids)

    async def send_alert(self, chat_id: int, article_id: int, meanwhile: tuple[str, int, int]) -> None:
        """Send an alert about the article's story, unless the chat knows the story."""
        self.now += MINUTE
        watch = await self.store.watches.add(ChatRef(chat_id), "padi", most=9, now=self.began)
        assert watch is not None
        story = await self.find_story(article_id)
        count = await self.store.alerts.put([(watch, article_id)], looked_at=None, now=self.now, pace=timedelta())
        assert count == (not story & (self.seen[chat_id] | self.matched[chat_id]))
        self.matched[chat_id] |= {article_id} if count else set()
        lease = self.now + DAY
        for batch in await self.store.outbox.claim_alerts(
            now=self.now, lease_until=lease, length=SHORT, max_items=5, limit=5
        ):
            shown = {item.stored.id for item in batch.items}
            assert {await self.find_story(one) for one in shown} <= await self.list_new(chat_id)
            await self.edit(*meanwhile)
            await self.store.outbox.mark_sending(batch.message, until=lease)
            await self.store.outbox.mark_sent(batch.message, message_id=1, now=self.now)
            self.seen[chat_id] |= shown

    async def send_more(self, chat_id: int, most: int) -> None:
        self.now += MINUTE
        shown = await self.choose(chat_id, most)
        assert await self.store.deliveries.add_delivered(chat_id, shown, now=self.now) == bool(shown)
        assert not await self.store.deliveries.add_delivered(chat_id, shown, now=self.now)
        self.seen[chat_id] |= set(shown)

    async def forget(self) -> None:
        """Let years pass and report something new. All stories are old then, and gone unless they are hidden."""
        self.now += YEARS
        self.began = self.now
        self.ids, self.articles = [], []
        await self.edit("report", 0, 0)
        await UpkeepService(self.store.upkeep, lambda: self.now, YEARS / 2).forget()
        for chat_id in CHATS:
            assert "delivered_articles" not in await self.store.chat_data.export(chat_id)
            assert not self.seen[chat_id].intersection(self.ids)
            self.seen[chat_id], self.matched[chat_id] = set(), set()


@pytest.fixture
def enter(store: Store, make_article: Make, prepare_article: Prepare, now: datetime) -> Callable[[], Newsroom]:
    """Begin with chats that were sent nothing of the stories; those of earlier examples are old."""
    begun = count()
    return lambda: Newsroom(store, make_article, prepare_article, now + next(begun) * 9 * YEARS)


# A story grows while its digest is sent, and an alert shows another article than the one that matched; then both split.
@example(steps=[("digest", 0, 2, "join"), ("split", 0, 0, "undo")])
@example(steps=[("join", 0, 0, "undo"), ("alert", 0, 0, "report"), ("split", 0, 0, "undo")])
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps)
async def test_no_chat_gets_a_story_twice_and_none_is_lost(
    enter: Callable[[], Newsroom], steps: list[tuple[str, int, int, str]]
) -> None:
    newsroom = enter()
    for action, first, second, other in [("report", 0, 0, "report"), *steps]:
        chat_id, meanwhile = CHATS[first % len(CHATS)], (other, first, second)
        match action:
            case "digest":
                await newsroom.send_digest(chat_id, second, meanwhile)
            case "alert":
                await newsroom.send_alert(chat_id, newsroom.ids[second % len(newsroom.ids)], meanwhile)
            case "more":
                await newsroom.send_more(chat_id, second)
            case "forget":
                await newsroom.forget()
            case _:
                await newsroom.edit(action, first, second)
    for chat_id in CHATS:
        await newsroom.send_more(chat_id, 99)
        assert await newsroom.list_new(chat_id) == set()


async def test_each_sent_story_is_one_row(enter: Callable[[], Newsroom], store: Store) -> None:
    newsroom = enter()
    for outlet in range(17):
        await newsroom.edit("join" if outlet >= 8 else "report", 0, outlet % 8)
    await newsroom.send_digest(7, 8, ("report", 0, 0))
    rows = (await store.chat_data.export(7))["delivered_articles"]
    assert {row["article_id"] for row in rows} == newsroom.seen[7]
    assert len(rows) == 8
    assert len({report for one in newsroom.seen[7] for report in await newsroom.find_story(one)}) == 17
