"""The contract of ports.PublicNews: everybody may see all that it returns."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from summaries.articles.story import MAX_READ
from summaries.ingest.article_writer import ArticleWriter
from summaries.model import MEDIUM, Article, Origin, StoryHead, Summary
from summaries.ports import Offload
from summaries.ports.stories import PreparedArticle
from summaries.storage import Store

Make = Callable[..., Article]
Prepare = Callable[[Article], PreparedArticle]
Summarize = Callable[..., tuple[Summary, ...]]
Study = Callable[[Store], Awaitable[int]]
HOUR = timedelta(hours=1)


async def test_public_stories(
    store: Store,
    offload: Offload,
    make_article: Make,
    make_event: Make,
    prepare_article: Prepare,
    summarize_first: Summarize,
    study: Study,
    now: datetime,
) -> None:
    news = store.public_news
    writer = ArticleWriter(stories=store.stories, offload=offload, clock=lambda: now)

    async def add(article: Article) -> int:
        return (await writer.add(prepare_article(article), origin=Origin.FEED)).id

    own = make_article(9, url=None, outlet=None)
    await store.articles.put(own, summarize_first(own), origin=Origin.CHAT, now=now, owner=7)
    single = await add(make_article(1, published_at=now - 9 * HOUR))
    first, second = [
        await add(make_event(outlet, published_at=now - hours * HOUR))
        for outlet, hours in (("Kabar Desa", 2), ("Warta Kota", 1))
    ]
    await study(store)
    heads = await news.list_heads(limit=9)
    event, other = heads
    assert [(head.article_id, head.category) for head in heads] == [(first, "ekonomi"), (single, "ekonomi")]
    assert event == StoryHead(event.id, event.version, first, "ekonomi", 2, now - HOUR, event.chain_id)
    assert event.chain_id is not None
    assert await news.list_heads(limit=1) == (event,)
    other_story, story = await news.read_stories([event.id, other.id, 999], most=MAX_READ)
    assert (other_story.id, story.id) == (other.id, event.id)
    assert story.coverage == await store.stories.coverage(first)
    assert story.chain == await store.stories.chain(first)
    assert [stored.id for stored, _ in story.articles] == [first, second]
    assert story.summaries == {one: await store.articles.find_summary(one, MEDIUM) for one in (first, second)}
    for most, read in (0, [first]), (1, [first, second]):
        (short,) = await news.read_stories([event.id], most=most)
        assert [stored.id for stored, _ in short.articles] == read
    # A change of an article changes the version; a hidden story is not there.
    await add(make_event("Warta Kota", published_at=now - HOUR, title="Bendungan Wairana Jebol, Warga Mengungsi"))
    assert (await news.list_heads(limit=1))[0].version > event.version
    hidden = await store.story_edits.hide(second, admin_id=None, now=now)
    assert hidden is not None
    assert [head.id for head in await news.list_heads(limit=9)] == [other.id]
    assert await news.read_stories([event.id], most=MAX_READ) == ()
    await store.story_edits.undo(hidden.id, admin_id=None, now=now)
    assert [head.id for head in await news.list_heads(limit=9)] == [event.id, other.id]
